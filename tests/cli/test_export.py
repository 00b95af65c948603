"""`rankd export` and `rankd import --restore`: whole files in the end, whatever breaks on the way."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rankd.cli import patience
from tests.cli.conftest import Run
from tests.cli.served import Served
from tests.cli.stand_in import Reply, Seen, StandIn, problem

LINES = [
    {
        "rank": number,
        "member": f"=m{number}",
        "score": 10 - number,
        "subscores": {"kills": 1},
        "metadata": None,
        "updated_at": "2026-11-22T10:00:00.000001Z",
    }
    for number in range(1, 6)
]
NDJSON = [json.dumps(line).encode() + b"\n" for line in LINES]
CSV = [b"rank,member,score,kills,metadata,updated_at\n"] + [
    f"{one['rank']},'{one['member']},{one['score']},1,,{one['updated_at']}\n".encode() for one in LINES
]
PLACE = {name: LINES[2][name] for name in ("member", "score", "subscores", "updated_at")}


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0.01)


def broken_after(lines: list[bytes], count: int) -> Any:
    """The first answer breaks off in the middle of a line; the next goes on where it was asked to."""
    part = b"".join(lines[:count]) + lines[count][:7]

    def answer(seen: Seen) -> Reply:
        if "after=" in seen.path:
            return Reply(text=b"".join(lines[count:]), headers={"Rankd-Cursor": "c1"})
        return Reply(text=part, headers={"Rankd-Cursor": "c1"}, cut_body=True)

    return answer


@pytest.mark.parametrize(("format_", "lines", "count"), [("ndjson", NDJSON, 3), ("csv", CSV, 4)])
def test_a_transfer_that_breaks_off_goes_on_behind_its_last_whole_line(
    run: Run, stand_in: StandIn, tmp_path: Path, format_: str, lines: list[bytes], count: int
) -> None:
    # given a server whose first answer breaks off in a line
    stand_in.answer = broken_after(lines, count)
    file = tmp_path / f"b.{format_}"

    # when the board is exported
    result = run("export", "b", "-o", str(file))

    # then the file is whole, and the rest was asked for behind the last whole line
    assert result.exit_code == 0, result.output
    assert file.read_bytes() == b"".join(lines)
    first, second = stand_in.requests
    assert "after=" not in first.path
    assert asked_after(second) == {**PLACE, **({"score": "7", "subscores": {"kills": "1"}} if format_ == "csv" else {})}
    assert "cursor=c1" in second.path
    assert sorted(one.name for one in tmp_path.iterdir()) == [file.name]


def test_the_same_goes_to_a_pipe(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = broken_after(NDJSON, 3)
    result = run("export", "b")
    assert result.stdout_bytes == b"".join(NDJSON)


def asked_after(seen: Seen) -> Any:
    return json.loads(parse_qs(urlsplit(seen.path).query)["after"][0])


def test_a_run_that_was_cut_off_is_gone_on_with(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    # given a run that gave up, and a file half written
    good = broken_after(NDJSON, 3)
    stand_in.answer = lambda seen: problem(503, "STORE_AWAY", "?") if "after=" in seen.path else good(seen)
    file = tmp_path / "b.ndjson"
    assert run("export", "b", "-o", str(file), "--retry-for", "0").exit_code == 1
    assert not file.exists()

    # when it is run again
    stand_in.answer = good
    result = run("export", "b", "-o", str(file), "--json")

    # then it asks for the rest alone
    assert result.exit_code == 0, result.output
    assert file.read_bytes() == b"".join(NDJSON)
    assert json.loads(result.stdout)["entries"] == 5
    assert asked_after(stand_in.requests[-1]) == PLACE


def test_a_board_that_was_reset_meanwhile_is_not_mixed(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    good = broken_after(NDJSON, 3)
    stand_in.answer = lambda seen: problem(400, "STALE_CURSOR", "?") if "after=" in seen.path else good(seen)
    result = run("export", "b", "-o", str(tmp_path / "b.ndjson"))
    assert result.exit_code == 1
    assert "remove it to begin anew" in result.output
    assert not (tmp_path / "b.ndjson").exists()


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
def test_a_restore_goes_on_where_it_stopped_and_tells_lines_by_the_file(
    run: Run, stand_in: StandIn, tmp_path: Path, format_: str
) -> None:
    # given a file of 2,500 lines, and a server that fails after the first thousand
    header = b"member,score\n" if format_ == "csv" else b""
    rows = [b"m%d,1\n" % i if format_ == "csv" else b'{"member":"m%d","score":1}\n' % i for i in range(2500)]
    file = tmp_path / f"b.{format_}"
    file.write_bytes(header + b"".join(rows))
    stand_in.answer = lambda seen: told(seen) if len(stand_in.requests) == 1 else problem(500, "INTERNAL_ERROR", "?")
    assert run("import", "b", str(file), "--restore").exit_code == 1

    # when it is run again, and a line of the second thousand is refused
    stand_in.answer = lambda seen: told(seen, refused=[5] if len(stand_in.requests) == 3 else [])
    result = run("import", "b", str(file), "--restore")

    # then the first thousand is not sent again, and the line is told by its number in the file
    bodies = [seen.body.removeprefix(header) for seen in stand_in.requests]
    assert bodies[0] + b"".join(bodies[2:]) == b"".join(rows)
    assert len({seen.headers["Idempotency-Key"] for seen in stand_in.requests}) == 3
    assert result.exit_code == 1
    assert "line 1005:" in result.output
    assert "2,500 lines: 2,499 taken" in result.output
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


def told(seen: Seen, refused: tuple[int, ...] | list[int] = ()) -> Reply:
    lines = seen.body.count(b"\n") - seen.body.startswith(b"member,")
    faults = [{"line": line, "detail": "too odd"} for line in refused]
    counts = {"lines": lines, "taken": lines - len(faults), "changed": 0, "refused": len(faults)}
    return Reply(document={**counts, "faults": faults})


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
def test_a_board_goes_out_and_in_again(served: Served, board: str, tmp_path: Path, format_: str) -> None:
    file = str(tmp_path / f"imo.{format_}")
    settings = served.json("board", "get", "imo")
    served.json("board", "put", board, "--rank-style", settings["rank_style"], "--update", "sum",
                *(f"--subscore={one['name']}:{one['order']}" for one in settings["subscores"]))  # fmt: skip
    assert served.run("export", "imo", "-o", file).exit_code == 0

    told = served.json("import", board, file, "--restore")

    assert told["taken"] == served.json("top", "imo")["total"]
    again = served.run("export", board, "--format", format_)
    assert again.stdout_bytes == Path(file).read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("export",),
        ("export", "b", "--all", "-o", "x"),
        ("export", "--all"),
        ("export", "--all", "-o", "x", "--period", "all"),
        ("import", "b"),
        ("import", "b", "f", "--period", "all"),
        ("import", "x", "f", "--all"),
        ("import", "b", "f", "--restore", "--rejects", "r"),
    ],
)
def test_options_that_do_not_go_together_are_refused(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2
