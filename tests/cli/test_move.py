"""A whole project from one store to another: nothing lost, and both sides say so by a digest."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from rankd.cli.root import app
from tests.conftest import require_store
from tests.rankd_processes import RankdProcess, running_rankd
from tests.store_servers import STORE_KINDS, running_store

TEAMS = ["red", "=blue", "0f0e0d0c-0b0a-0908-0706-050403020100"]
PEPPER = "p" * 64


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RankdProcess, RankdProcess]]:
    """Two services with one pepper, on stores of different kinds."""
    for kind in STORE_KINDS:
        require_store(kind)
    places = [tmp_path_factory.mktemp(name) for name in ("there", "here")]
    for place in places:
        (place / "pepper").write_text(PEPPER)
        (place / "pepper").chmod(0o600)
    with (
        running_store("redis") as first,
        running_store("valkey") as second,
        running_rankd(places[0], first.url) as there,
        running_rankd(places[1], second.url) as here,
    ):
        yield there, here


def on(side: RankdProcess, *words: str) -> Result:
    env = {"RANKD_URL": side.url, "RANKD_KEY": side.root_key, "RANKD_DATA_DIR": None}
    return CliRunner().invoke(app, [*words, "--project", "game"], env=env)


def client_of(side: RankdProcess) -> httpx2.Client:
    return httpx2.Client(base_url=side.url, headers={**side.headers, "X-Project-Id": "game"}, timeout=10)


def played(side: RankdProcess) -> str:
    """A project with boards of all kinds, archives, profiles and a key, whose value is returned."""
    with client_of(side) as client:
        root = httpx2.post(f"{side.url}/v1/projects", headers=side.headers, json={"id": "game", "name": "A Game"})
        assert root.status_code == 201
        boards: dict[str, dict[str, Any]] = {
            "sums": {"update": "sum", "periods": [{"type": "weekly"}, {"type": "all"}], "rank_style": "dense"},
            "runs": {
                "order": "asc",
                "fields": [{"name": "country", "segment": True}, {"name": "n", "type": "integer"}],
            },
            "closed": {"enabled": True, "ranges": {"keep_days": 3}, "subscores": [{"name": "metadata"}]},
            "clans": {"member_types": ["user", "team"], "update": "sum"},
            "pinball": {
                "unique": False,
                "entries_per_member": 3,
                "periods": [{"type": "daily"}, {"type": "all"}],
                "fields": [{"name": "country", "segment": True}],
                "member_types": ["user", "team"],
            },
            "empty": {},
        }
        for board, settings in boards.items():
            assert client.put(f"/v1/boards/{board}", json=settings).status_code == 201
            if board == "empty":
                continue
            fields = {"fields": {"country": "FR", "n": 2**62}} if board == "runs" else {}
            rows = [{"member": f"m{i}", "score": i // 3, "metadata": {"i": i}, **fields} for i in range(300)]
            if board == "clans":
                rows = [{**row, "team": TEAMS[number % 3]} for number, row in enumerate(rows)]
            if board == "pinball":
                rows = [{**row, "member": f"m{i % 30}", "team": "red"} for i, row in enumerate(rows)]
            assert client.post(f"/v1/boards/{board}/scores", json=rows).status_code == 200
        # members whom the board keeps more entries of than it would take now
        assert client.patch("/v1/boards/pinball", json={"entries_per_member": 2}).status_code == 200
        assert client.post("/v1/boards/sums/reset", json={"period": "weekly", "archive": True}).status_code == 200
        assert client.post("/v1/boards/sums/scores", json={"member": "m1", "score": 5}).status_code == 200
        assert client.patch("/v1/boards/closed", json={"enabled": False}).status_code == 200
        for i in range(3):
            assert client.put(f"/v1/members/m{i}", json={"name": f"Name {i}", "info": {"i": i}}).status_code == 201
        assert client.put("/v1/members/m2/ban", json={"mode": "hide"}).status_code == 201
        assert client.put("/v1/members/m7/ban", json={"mode": "block", "boards": ["runs"]}).status_code == 201
        made = client.post("/v1/projects/game/keys", json={"name": "k", "scopes": ["read"]})
        return str(made.json()["key"])


def test_a_project_moves_whole_and_both_sides_print_one_digest(
    sides: tuple[RankdProcess, RankdProcess], tmp_path: Path
) -> None:
    # given a project that was played
    there, here = sides
    key = played(there)
    folder = str(tmp_path / "moved")

    # when it is exported and imported on another server
    out = on(there, "export", "--all", "-o", folder, "--json")
    assert out.exit_code == 0, out.output
    back = on(here, "import", "--all", folder, "--json")

    # then both name the same digest, and what is left out is told
    assert back.exit_code == 0, back.output
    exported, imported = json.loads(out.stdout), json.loads(back.stdout)
    assert imported["sha256_there"] == imported["sha256_here"] == exported["sha256"]
    assert (imported["different"], imported["keys"], imported["members"]) == ([], {"restored": 1}, 3)
    assert any("~1" in one for one in imported["left_out"])
    assert any("spans of days" in one for one in imported["left_out"])

    # and reads, settings, profiles and the key are the same here
    with client_of(there) as one, client_of(here) as other:
        for target in (
            "/v1/boards/sums/entries?limit=1000&period=weekly",
            "/v1/boards/runs/entries?segment=country:FR&limit=1000",
            "/v1/boards/closed/entries?limit=1000",
            "/v1/boards/clans/entries?limit=1000",
            "/v1/boards/clans/entries?member_type=team",
            "/v1/members/m1",
            "/v1/members/m2/ban",
            "/v1/members/m7/ban",
            "/v1/boards/runs/entries/m2?viewer=m2",
            "/v1/boards/pinball/entries?limit=1000",
            "/v1/boards/pinball/entries?period=all&member_type=team",
            "/v1/boards/pinball/entries?filter=member:m1",
            "/v1/boards/pinball/entries?filter=member:m2&viewer=m2",
            "/v1/boards/pinball/entries?filter=member:m2&viewer=m2&period=all",
        ):
            assert one.get(target).json() == other.get(target).json()
        hidden = other.get("/v1/boards/pinball/entries?filter=member:m2&viewer=m2").json()["entries"]
        assert [entry["rank"] for entry in hidden] == [None] * 3
        boards = [
            [{k: v for k, v in board.items() if not k.endswith("_at") and k != "version"} for board in each]
            for each in (side.get("/v1/boards").json()["boards"] for side in (one, other))
        ]
        assert boards[0] == boards[1]
    read = httpx2.get(f"{here.url}/v1/boards", headers={"Authorization": f"Bearer {key}"})
    assert read.status_code == 200
    files = [file.read_bytes() for file in Path(folder).rglob("*") if file.is_file()]
    assert not any(key.encode() in text or PEPPER.encode() in text for text in files)

    # and again it changes nothing; but what differs here is told
    assert on(here, "import", "--all", folder).exit_code == 0
    with client_of(here) as client:
        client.put("/v1/boards/sums/entries/new", json={"score": 1})
    differing = on(here, "import", "--all", folder, "--json")
    assert differing.exit_code == 1
    assert len(json.loads(differing.stdout)["different"]) == 2


def test_a_folder_that_was_cut_off_is_gone_on_with_but_not_mixed(
    sides: tuple[RankdProcess, RankdProcess], tmp_path: Path
) -> None:
    # given an export of a project without a board, made to look as if it had been cut off
    folder, (there, here) = tmp_path / "moved", sides
    env = {"RANKD_URL": there.url, "RANKD_KEY": there.root_key}
    assert CliRunner().invoke(app, ["export", "--all", "-o", str(folder)], env=env).exit_code == 0
    manifest = folder / "manifest.json"
    whole = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**whole, "complete": False}))

    # when it is imported, exported from elsewhere, and gone on with
    unfinished = on(here, "import", "--all", str(folder))
    elsewhere = CliRunner().invoke(
        app, ["export", "--all", "-o", str(folder)], env={"RANKD_URL": here.url, "RANKD_KEY": here.root_key}
    )
    again = CliRunner().invoke(app, ["export", "--all", "-o", str(folder)], env=env)

    # then only the last is done
    assert (unfinished.exit_code, elsewhere.exit_code, again.exit_code) == (1, 2, 0)
    assert json.loads(manifest.read_text())["complete"]
    assert CliRunner().invoke(app, ["export", "--all", "-o", str(folder)], env=env).exit_code == 2
