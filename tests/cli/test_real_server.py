"""Every command against the service itself, started by `rankd serve --sample` on its embedded store."""

import json
import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from rankd.cli.root import app
from tests.cli.served import Served


def test_the_printed_curl_line_works_as_pasted(served: Served) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    line = next(line for line in served.lines if line.startswith("Try: "))

    output = subprocess.run(["bash", "-c", line.removeprefix("Try: ")], capture_output=True, check=True).stdout

    assert len(json.loads(output)["entries"]) == 5


def test_the_sample_has_its_shared_ranks(served: Served) -> None:
    page = served.json("top", "imo", "--limit", "1000")

    ranks = [entry["rank"] for entry in page["entries"]]
    scores = [entry["score"] for entry in page["entries"]]
    assert len(ranks) == page["total"] > 100
    assert ranks == [scores.index(score) + 1 for score in scores]


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    tops = []
    for _ in range(2):
        served = Served(tmp_path)
        try:
            tops.append(served.json("top", "imo", "--limit", "1000"))
        finally:
            assert served.stop() == 0
    assert tops[0] == tops[1]


def test_a_board_is_put_patched_read_listed_reset_and_deleted(served: Served) -> None:
    made = served.json("board", "put", "race", "--order", "asc", "--rank-style", "dense", "--subscore", "laps:desc")
    assert (made["order"], made["rank_style"], made["subscores"]) == (
        "asc",
        "dense",
        [{"name": "laps", "order": "desc"}],
    )

    changed = served.json("board", "patch", "race", "--name", "Race", "--disabled")
    assert (changed["name"], changed["enabled"], changed["order"]) == ("Race", False, "asc")
    assert served.json("board", "get", "race") == changed
    assert "race" in [board["id"] for board in served.json("board", "list")["boards"]]

    assert served.run("submit", "race", "ada", "1").exit_code == 1
    served.json("board", "patch", "race", "--enabled")
    served.json("submit", "race", "ada", "-1", "--subscore", "laps=3")
    served.json("board", "reset", "race", "--yes")
    assert served.json("top", "race")["total"] == 0

    assert served.run("board", "delete", "race", "--yes").exit_code == 0
    assert "BOARD_NOT_FOUND" in served.run("board", "get", "race").stderr


def test_settings_come_from_a_file_and_options_win(served: Served) -> None:
    made = served.json("board", "put", "filed", "--file", "-", "--name", "B", stdin='{"order": "asc", "name": "A"}')

    assert (made["order"], made["name"]) == ("asc", "B")


@pytest.mark.parametrize("member", ["ada", "a/b?c#d%2F", "..", ".", "é李👩‍👩‍👧‍👦", "--flag", "[red]x[/]", "مريم"])
def test_any_member_is_submitted_and_found_again(served: Served, board: str, member: str) -> None:
    placing = served.json("submit", board, "--metadata", '{"a": [1]}', "--", member, "9223372036854775807")
    entry = served.json("rank", board, "--", member)

    assert (placing["rank"], entry["member"], entry["score"]) == (1, member, 2**63 - 1)
    assert entry["metadata"] == {"a": [1]}
    assert member in served.run("around", board, "--", member).stdout


def test_a_repeated_submission_with_its_key_counts_once(served: Served) -> None:
    served.json("board", "put", "sums", "--update", "sum")

    for _ in range(2):
        placing = served.json("submit", "sums", "ada", "-5", "--idempotency-key", "k1")

    assert placing["score"] == -5


def test_an_import_run_twice_counts_once(served: Served, tmp_path: Path) -> None:
    served.json("board", "put", "imported", "--update", "sum", "--subscore", "goals")
    file = tmp_path / "scores.csv"
    file.write_text("member,score,goals,metadata\n" + "".join(f"m{i},{i},1,\n" for i in range(2500)))

    first = served.json("import", "imported", str(file))
    again = served.json("import", "imported", str(file))

    assert (first["taken"], first["changed"], first["repeated"]) == (2500, 2500, 0)
    assert (again["taken"], again["changed"], again["repeated"]) == (2500, 0, 2500)
    page = served.json("top", "imported", "--limit", "1")
    assert page["total"] == 2500
    assert (page["entries"][0]["score"], page["entries"][0]["subscores"]) == (2499, {"goals": 1})


def test_refused_rows_are_named_and_the_others_taken(served: Served, board: str) -> None:
    pairs = [("a", 1), ("b", 1.5), ("", 1), ("c", 3)]
    rows = "".join(json.dumps({"member": member, "score": score}) + "\n" for member, score in pairs)

    result = served.run("import", board, "-", stdin=rows)

    assert result.exit_code == 1
    assert "line 2:" in result.stderr and "line 3:" in result.stderr
    assert served.json("top", board)["total"] == 2


def test_projects_and_keys(served: Served) -> None:
    assert served.json("project", "create", "game", "--name", "Game")["id"] == "game"
    assert served.json("project", "get", "game")["name"] == "Game"
    assert {"default", "game"} <= {project["id"] for project in served.json("project", "list")["projects"]}

    made = served.json("key", "create", "--project", "game", "--name", "k", "--scope", "read", "--scope", "write")
    listed = served.json("key", "list", "--project", "game")["keys"]
    assert [key["id"] for key in listed] == [made["id"]]
    assert made["key"] not in json.dumps(listed)

    assert served.run("board", "put", "b", "--project", "game").exit_code == 0
    assert served.run("submit", "b", "ada", "1", "--key", made["key"]).exit_code == 0
    lacking = served.run("board", "put", "c", "--key", made["key"]).stderr
    assert "SCOPE_MISSING" in lacking
    assert lacking.rstrip().endswith("--scope admin") and lacking.count("--scope") == 1

    assert served.run("key", "revoke", made["id"], "--project", "game", "--yes").exit_code == 0
    assert "UNAUTHORIZED" in served.run("top", "b", "--key", made["key"]).stderr
    assert served.run("project", "delete", "game", "--yes").exit_code == 0


def test_a_token_is_made_and_voided(served: Served) -> None:
    # given a board for players, and a token of one
    served.run("board", "put", "for-players", "--player-submit")
    token = served.json("token", "create", "ada", "--ttl-s", "600")["token"]
    ada = {"Authorization": f"Bearer {token}"}

    def sends() -> int:
        body = {"member": "ada", "score": 4}
        return httpx2.post(f"{served.url}/v1/boards/for-players/scores", json=body, headers=ada).status_code

    # then it submits until it is voided
    assert sends() == 200
    assert served.run("token", "void", "--yes").exit_code == 0
    assert sends() == 401


def test_doctor_is_content_with_a_running_server(served: Served) -> None:
    port = served.url.rpartition(":")[2]

    result = CliRunner().invoke(app, ["doctor", "--data-dir", str(served.data_dir), "--port", port, "--json"])

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["ok"] is True
