"""The Python script of GameSparks' tutorial pulls whole boards from a running server, given a URL in place of
GameSparks' own: the file it saves has every entry once."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.rankd_processes import running_rankd

SCRIPT = Path(__file__).parents[1] / "golden" / "gamesparks_pull.txt"
SECRET = "3f0c9d6e5b7a48122c1d"
ENTRIES, IN_RED = 2345, 1000
TIMES_OUT_S = 60
Entry = dict[str, Any]


class Game:
    """A project with boards, and a URL for the script."""

    def __init__(self, client: httpx2.Client, log: list[str]) -> None:
        self.callback_url = f"{client.base_url}/callback/game/lbRequests/{SECRET}"
        self.client = client
        self.log = log
        self.sent("POST", "/v1/projects", {"id": "game"})
        self.client.headers["X-Project-Id"] = "game"
        self.sent("POST", "/v1/projects/game/keys", {"name": "pull", "scopes": ["read"], "value": SECRET})
        self.sent("PUT", "/v1/boards/empty", {})
        self.sent("PUT", "/v1/boards/plain", {})
        self.sent("PUT", "/v1/boards/parted", {"fields": [{"name": "side", "segment": True}]})
        chance = random.Random(1)
        for first in range(0, ENTRIES, 1000):
            rows = [row(index, chance) for index in range(first, min(first + 1000, ENTRIES))]
            for board in ("plain", "parted"):
                bare = [{name: value for name, value in one.items() if name != "fields"} for one in rows]
                self.sent("POST", f"/v1/boards/{board}/scores", rows if board == "parted" else bare)

    def sent(self, method: str, path: str, body: Any) -> None:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code < 300, answer.text

    def exported(self, board: str) -> list[Entry]:
        """A whole board by the native API, in order."""
        return [json.loads(line) for line in self.client.get(f"/v1/boards/{board}/export").text.splitlines()]


def row(index: int, chance: random.Random) -> Entry:
    """A score that others have too, of a player with a name that is hard on texts cut and joined."""
    fields = {"side": "red" if index < IN_RED else "blue.green"}
    return {"member": f'p{index} "],[ é🏁', "score": chance.randint(1, 500), "fields": fields}


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Game]:
    with (
        running_rankd(tmp_path_factory.mktemp("data"), None) as process,
        httpx2.Client(base_url=process.url, headers=process.headers, timeout=30) as client,
    ):
        yield Game(client, process.output)


def run_script(folder: Path, *typed: str) -> tuple[str, list[Entry] | None]:
    """The script as it stands, with lines typed at its prompts: what it printed, and the file it saved."""
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT)],
        cwd=folder,
        input="\n".join([*typed, "board"]) + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**clean, "PYTHONUTF8": "1"},
        timeout=TIMES_OUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file = folder / "board.txt"
    return done.stdout, json.loads(file.read_text("utf-8")) if file.exists() else None


def named(entries: list[Entry]) -> list[Entry]:
    """Entries as the callback has them, ranked among themselves."""
    return [{"playerId": entry["member"], "rank": rank} for rank, entry in enumerate(entries, 1)]


@pytest.mark.parametrize("limit", ["1000", "469"])
def test_it_pulls_a_plain_board(game: Game, tmp_path: Path, limit: str) -> None:
    # by pages of which the last is short, or full
    printed, pulled = run_script(tmp_path, game.callback_url, "plain", limit)

    assert "valid-lb-name" in printed
    assert pulled == named(game.exported("plain"))


@pytest.mark.parametrize("partition", ["red", "side.blue.green"])
def test_it_pulls_each_partition(game: Game, tmp_path: Path, partition: str) -> None:
    # of which the first fills its pages
    printed, pulled = run_script(tmp_path, game.callback_url, "parted", partition, "500")

    assert "requires-partition" in printed
    side = partition.removeprefix("side.")
    assert pulled == named([entry for entry in game.exported("parted") if entry["fields"]["side"] == side])


def test_a_limit_past_1000_has_pages_of_1000(game: Game) -> None:
    asked = {"key": "pull_data", "lb_name": "plain", "limit": 5000}
    pages = [game.client.post(game.callback_url, data={**asked, "page": page}).json() for page in range(4)]
    assert [len(page) for page in pages] == [1000, 1000, 345, 0]
    assert [entry for page in pages for entry in page] == named(game.exported("plain"))


def test_it_pulls_nothing_of_an_empty_board(game: Game, tmp_path: Path) -> None:
    assert run_script(tmp_path, game.callback_url, "empty", "50")[1] == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("plain!",), "invalid-lb-name"),
        (("parted", "blue", "50"), "invalid-partition-id"),
    ],
)
def test_it_closes_where_a_name_is_wrong(game: Game, tmp_path: Path, typed: tuple[str, ...], said: str) -> None:
    printed, pulled = run_script(tmp_path, game.callback_url, *typed)
    assert f"Response From Server: {said}\n" in printed
    assert "Details Incorrect, Closing Program..." in printed
    assert pulled is None


def test_it_closes_where_the_secret_is_wrong(game: Game, tmp_path: Path) -> None:
    printed, pulled = run_script(tmp_path, game.callback_url[:-1])
    assert "Details Incorrect, Closing Program..." in printed
    assert pulled is None


def test_the_secret_of_its_url_is_in_no_log_and_no_metric(game: Game) -> None:
    answer = game.client.post(game.callback_url, data={"key": "test_endpoint"})
    metrics = game.client.get("/metrics").text

    assert answer.text == "endpoint-valid"
    assert "/callback/{apiKey}/{credential}/{secret}" in metrics
    assert SECRET not in metrics + "".join(game.log)
