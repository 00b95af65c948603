"""Arcade boards on the command line."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rankd.cli import patience
from tests.cli.conftest import Run
from tests.cli.served import Served
from tests.cli.stand_in import Reply, Seen, StandIn

LINES = [
    {
        "rank": number,
        "member": "ada",
        "entry_id": 100 + number,
        "score": 5,
        "subscores": {},
        "updated_at": "2026-11-22T10:00:00.000001Z",
    }
    for number in range(1, 5)
]
PLACING = {"member": "ada", "score": 5, "total": 3, "changed": True, "previous_rank": None, "periods": {}}


def lines_of(text: str) -> dict[str, str]:
    """`name  value` lines."""
    return {line.split()[0]: line.partition(" ")[2].strip() for line in text.splitlines()}


def test_a_session_with_an_arcade_board(served: Served) -> None:
    # given an arcade board that keeps two entries a member
    made = served.json("board", "put", "pinball", "--no-unique", "--entries-per-member", "2")
    assert (made["unique"], made["entries_per_member"]) == (False, 2)

    # when members play
    placings = [served.json("submit", "pinball", *words.split()) for words in ("ada 50", "bob 40", "ada 30", "bob 20")]
    told = lines_of(served.run("submit", "pinball", "ada", "45").stdout)
    unkept = lines_of(served.run("submit", "pinball", "ada", "1").stdout)

    # then each submission says its number and rank, or that it was not kept
    assert [one["rank"] for one in placings] == [1, 2, 3, 4]
    assert (told["rank"], told["changed"], int(told["entry"]) > placings[-1]["entry_id"]) == ("2 of 4", "yes", True)
    assert (unkept["rank"].startswith("none: not kept"), unkept["changed"], "entry" in unkept) == (True, "no", False)

    # and tables, ranks and neighbours are of entries
    top = served.run("top", "pinball").stdout.splitlines()
    assert top[0].split() == ["RANK", "SCORE", "MEMBER", "ENTRY"]
    assert [line.split()[1:3] for line in top[1:]] == [["50", "ada"], ["45", "ada"], ["40", "bob"], ["20", "bob"]]
    own = served.json("top", "pinball", "--filter", "member:bob")["entries"]
    assert [one["rank"] for one in own] == [3, 4]
    assert lines_of(served.run("rank", "pinball", "bob").stdout)["entry"] == str(own[0]["entry_id"])
    number = str(own[1]["entry_id"])
    assert lines_of(served.run("rank", "pinball", "bob", "--entry-id", number).stdout)["rank"] == "4 of 4"
    marks = [
        [
            line.split()[1]
            for line in served.run("around", "pinball", "bob", *more).stdout.splitlines()
            if line[0] == ">"
        ]
        for more in ((), ("--entry-id", number))
    ]
    assert marks == [["3"], ["4"]]

    # and a number that is not the member's is not found
    assert served.run("rank", "pinball", "ada", "--entry-id", number).exit_code == 1


def test_an_export_comes_back_with_its_numbers(served: Served, tmp_path: Path) -> None:
    # given a board's export as CSV
    for board in ("there", "here"):
        served.json("board", "put", board, "--no-unique")
    for score in ("5", "3", "3"):
        served.json("submit", "there", "ada", score)
    file, again = tmp_path / "there.csv", tmp_path / "again.csv"
    assert served.run("export", "there", "-o", str(file)).exit_code == 0

    # when it is restored twice on another board
    told = [served.json("import", "here", str(file), "--restore", "--period", "all") for _ in range(2)]

    # then that has the same entries once, and a board of one entry a member refuses each line
    assert [(one["taken"], one["refused"]) for one in told] == [(3, 0), (3, 0)]
    assert served.run("export", "here", "-o", str(again)).exit_code == 0
    assert again.read_bytes() == file.read_bytes()
    served.json("board", "put", "plain")
    refused = served.run("import", "plain", str(file), "--restore")
    assert refused.exit_code == 1
    assert refused.stderr.count("`unique` is false") == 3


def test_rows_may_name_entries(served: Served) -> None:
    served.json("board", "put", "rows", "--no-unique")
    rows = "member,score,entry_id\nada,5,17\nada,4,18\nada,6,17\n"
    assert served.run("import", "rows", "-", "--format", "csv", stdin=rows).exit_code == 0
    found = served.json("top", "rows")["entries"]
    assert [(one["score"], one["entry_id"]) for one in found] == [(6, 17), (4, 18)]


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        (["--no-unique", "--entries-per-member", "10"], {"unique": False, "entries_per_member": 10}),
        (["--unique", "--entries-per-member", "none"], {"unique": True, "entries_per_member": None}),
    ],
)
def test_settings_are_sent_as_they_are_given(
    run: Run, stand_in: StandIn, options: list[str], sent: dict[str, Any]
) -> None:
    stand_in.answer = lambda _seen: Reply(200, {"id": "b"})
    assert run("board", "patch", "b", *options).exit_code == 0
    assert stand_in.requests[0].document == sent


@pytest.mark.parametrize("count", ["ten", "1.5", "-1", "²", ""])
def test_a_count_that_is_none_is_not_sent(run: Run, stand_in: StandIn, count: str) -> None:
    result = run("board", "patch", "b", "--entries-per-member", count)
    assert result.exit_code == 2
    assert stand_in.requests == []


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"rank": 2}, "2 of 3"),
        ({"rank": 2, "previous_rank": 7}, "2 of 3 (was 7)"),
        ({"rank": None}, "none: the member is hidden; the score is kept"),
        ({"rank": None, "entry_id": 17}, "none: the member is hidden; the score is kept"),
    ],
)
def test_a_rank_that_is_none_is_put_into_words(run: Run, stand_in: StandIn, more: dict[str, Any], shown: str) -> None:
    stand_in.answer = lambda _seen: Reply(200, {**PLACING, **more})
    assert lines_of(run("submit", "b", "ada", "5").stdout)["rank"] == shown


def test_periods_say_where_an_entry_is_kept(run: Run, stand_in: StandIn) -> None:
    # given an entry that is none of the best of all time, but of its day
    part = {"score": 5, "previous_rank": None}
    periods = {
        "all": {**part, "rank": None, "changed": False},
        "daily": {**part, "id": "2026-11-22", "rank": 1, "changed": True},
    }
    stand_in.answer = lambda _seen: Reply(
        200, {**PLACING, "rank": None, "changed": False, "entry_id": 17, "periods": periods}
    )
    told = lines_of(run("submit", "b", "ada", "5").stdout)
    assert (told["all"], told["daily"]) == ("not kept", "2026-11-22: rank 1 (new), score 5")
    assert told["rank"].startswith("none: not kept")

    # and of a hidden member they say that there is no rank
    for one in periods.values():
        one.update(rank=None, changed=True)
    stand_in.answer = lambda _seen: Reply(200, {**PLACING, "rank": None, "periods": periods})
    assert lines_of(run("submit", "b", "ada", "5").stdout)["all"] == "no rank, score 5"


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
def test_an_export_that_breaks_off_goes_on_behind_a_number(
    run: Run, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    # given a server whose first answer breaks off in the third line
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0.01)
    texts = [json.dumps(line).encode() + b"\n" for line in LINES]
    if format_ == "csv":
        rows = [f"{one['rank']},ada,5,{one['entry_id']},,{one['updated_at']}\n" for one in LINES]
        texts = [row.encode() for row in ["rank,member,score,entry_id,metadata,updated_at\n", *rows]]

    def answer(seen: Seen) -> Reply:
        if "after=" in seen.path:
            return Reply(text=b"".join(texts[-2:]), headers={"Rankd-Cursor": "c1"})
        return Reply(text=b"".join(texts[:-2]) + b'{"ra', headers={"Rankd-Cursor": "c1"}, cut_body=True)

    stand_in.answer = answer

    # when the board is exported
    file = tmp_path / f"b.{format_}"
    assert run("export", "b", "-o", str(file)).exit_code == 0

    # then the rest was asked for behind the number of the last whole line
    asked = json.loads(parse_qs(urlsplit(stand_in.requests[1].path).query)["after"][0])
    assert (asked["member"], int(asked["entry_id"])) == ("ada", 102)
    assert file.read_bytes() == b"".join(texts)
