"""`rankd import` counts every row once, whatever happens on the way, and names the rows it refused."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rankd.cli import patience
from tests.cli.conftest import Run
from tests.cli.stand_in import Reply, Seen, StandIn, problem


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0.01)


def taken(seen: Seen) -> Reply:
    return Reply(document=[{"member": row["member"], "changed": True} for row in seen.document])


def refusing(member: str) -> Callable[[Seen], Reply]:
    fault = {"status": 422, "code": "VALIDATION_FAILED", "title": "x", "detail": "too odd", "errors": []}
    return lambda seen: Reply(
        document=[fault if row["member"] == member else {"changed": False} for row in seen.document]
    )


def ndjson(count: int) -> str:
    return "".join(json.dumps({"member": f"m{i}", "score": i}) + "\n" for i in range(count))


def keys(stand_in: StandIn) -> list[str]:
    return [seen.headers["Idempotency-Key"] for seen in stand_in.requests]


def test_a_file_goes_in_arrays_of_a_thousand_each_with_its_own_key(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    (tmp_path / "s.ndjson").write_text(ndjson(2500))
    stand_in.answer = taken

    result = run("import", "b", str(tmp_path / "s.ndjson"), "--json")

    assert result.exit_code == 0
    assert [len(seen.document) for seen in stand_in.requests] == [1000, 1000, 500]
    assert len(set(keys(stand_in))) == 3
    assert json.loads(result.stdout) == {
        "rows": 2500,
        "taken": 2500,
        "changed": 2500,
        "refused": 0,
        "repeated": 0,
    }


def test_the_same_rows_have_the_same_keys_again_from_a_pipe_too(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    (tmp_path / "s.ndjson").write_text(ndjson(1500))
    stand_in.answer = taken

    run("import", "b", str(tmp_path / "s.ndjson"))
    run("import", "b", "-", stdin=ndjson(1500))
    run("import", "b", "-", "--import-id", "again", stdin=ndjson(1500))
    run("import", "other", "-", stdin=ndjson(1500))

    first, second, renamed, other = (keys(stand_in)[i : i + 2] for i in (0, 2, 4, 6))
    assert first == second
    assert len({*first, *renamed, *other}) == 6


def test_an_array_is_repeated_with_its_key_until_it_is_answered(run: Run, stand_in: StandIn) -> None:
    failures = iter([Reply(cut=True), problem(503, "OUTCOME_UNKNOWN", "?"), problem(429, "TOO_FAST", "?")])
    stand_in.answer = lambda seen: next(failures, None) or taken(seen)

    result = run("import", "b", "-", stdin=ndjson(3))

    assert result.exit_code == 0
    assert len(stand_in.requests) == 4
    assert len({(seen.headers["Idempotency-Key"], seen.body) for seen in stand_in.requests}) == 1
    assert "trying again" in result.stderr


def test_rows_the_store_could_not_answer_are_sent_again_with_the_array(run: Run, stand_in: StandIn) -> None:
    away = {"status": 503, "code": "STORE_AWAY", "title": "away", "detail": "away"}
    answers = iter([[{"changed": True}, away]])
    stand_in.answer = lambda seen: Reply(document=next(answers, [{"changed": True}] * 2))

    result = run("import", "b", "-", "--json", stdin=ndjson(2))

    assert result.exit_code == 0
    assert json.loads(result.stdout)["taken"] == 2
    assert len(set(keys(stand_in))) == 1


def test_patience_ends(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(503, "STORE_AWAY", "away")

    result = run("import", "b", "-", "--retry-for", "0.05", stdin=ndjson(3))

    assert result.exit_code == 1
    assert "STORE_AWAY" in result.stderr


def test_a_refusal_that_cannot_pass_is_not_repeated(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(404, "BOARD_NOT_FOUND", "no b")

    assert run("import", "b", "-", stdin=ndjson(3)).exit_code == 1
    assert len(stand_in.requests) == 1


def test_refused_rows_are_named_by_line_and_kept(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answer = refusing("m2")
    lines = ndjson(4) + "\n{broken\n" + '{"member":"x","score":1}\n'

    result = run("import", "b", "-", "--rejects", str(tmp_path / "r"), "--json", stdin=lines)

    assert result.exit_code == 1
    assert "line 3: too odd" in result.stderr
    assert "line 6: not JSON" in result.stderr
    assert (tmp_path / "r").read_text() == ('{"member": "m2", "score": 2, "reason": "line 3: too odd"}\n{broken\n')
    assert json.loads(result.stdout) == {"rows": 6, "taken": 4, "changed": 0, "refused": 2, "repeated": 0}


def test_rows_of_an_earlier_run_are_told_apart(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=taken(seen).document, headers={"Idempotent-Replayed": "true"})

    result = run("import", "b", "-", stdin=ndjson(3))

    assert "3 taken (3 of them by an earlier run), 0 changed" in result.stdout


def test_csv_with_subscores_metadata_and_a_member_with_a_comma(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "S.CSV"
    file.write_text('\ufeffrank,member,score,goals,metadata\n1,"a, b",-5,7,"{""x"":1}"\n2, c ,9223372036854775807,,\n')
    stand_in.answer = taken

    result = run("import", "b", str(file))

    assert result.exit_code == 0
    assert stand_in.requests[0].document == [
        {"member": "a, b", "score": "-5", "subscores": {"goals": "7"}, "metadata": {"x": 1}},
        {"member": " c ", "score": "9223372036854775807"},
    ]


def test_csv_without_its_columns_is_refused_as_a_whole(run: Run, stand_in: StandIn) -> None:
    result = run("import", "b", "-", "--format", "csv", stdin="name,points\na,1\n")

    assert result.exit_code == 1
    assert "no member and no score column" in result.stderr
    assert stand_in.requests == []


def test_refused_rows_are_told_in_the_order_of_the_file(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answer = refusing("m0")
    lines = ndjson(1) + "{broken\n" + ndjson(1)

    result = run("import", "b", "-", "--rejects", str(tmp_path / "r"), stdin=lines)

    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["line 1", "line 2", "line 3"]
    assert [line[:3] for line in (tmp_path / "r").read_text().splitlines()] == ['{"m', "{br", '{"m']


def test_of_a_replayed_array_only_taken_rows_count_as_repeated(run: Run, stand_in: StandIn) -> None:
    fault = {"status": 422, "code": "VALIDATION_FAILED", "title": "x", "detail": "odd"}
    stand_in.answer = lambda seen: Reply(
        document=[fault, {"changed": True}, {"changed": True}], headers={"Idempotent-Replayed": "true"}
    )

    result = run("import", "b", "-", "--json", stdin=ndjson(3))

    assert json.loads(result.stdout) == {"rows": 3, "taken": 2, "changed": 0, "refused": 1, "repeated": 2}


def test_ndjson_rejects_are_imported_as_they_are(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    file = str(tmp_path / "r.ndjson")
    stand_in.answer = refusing("m1")
    run("import", "b", "-", "--rejects", file, stdin=ndjson(3))
    stand_in.answer = taken

    assert run("import", "b", file).exit_code == 0
    assert stand_in.requests[-1].document == [{"member": "m1", "score": 1}]


def test_csv_rejects_are_csv_and_imported_when_mended(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    rejects = tmp_path / "r.csv"
    stand_in.answer = refusing("m, 1")
    source = 'member,score,goals\n"m, 1",1,2\nm2,2,3\nshort,3\n'
    run("import", "b", "-", "--format", "csv", "--rejects", str(rejects), stdin=source)
    assert rejects.read_text() == 'member,score,goals,reason\n"m, 1",1,2,line 2: too odd\nshort,3\n'
    rejects.write_text(rejects.read_text().replace("short,3", "short,3,4"))
    stand_in.answer = taken

    assert run("import", "b", str(rejects)).exit_code == 0
    assert stand_in.requests[-1].document == [
        {"member": "m, 1", "score": "1", "subscores": {"goals": "2"}},
        {"member": "short", "score": "3", "subscores": {"goals": "4"}},
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("member,score\na,1\n", "this looks like CSV; give --format csv"),
        ("\n\ufeffmember;score\na;1\n", "this file has semicolons"),
        ("member\tscore\na\t1\n", "this file has tabs"),
        ('[{"member": "a"}]', "this looks like a JSON array"),
        ("hello\n", "its first line is no JSON object"),
    ],
)
def test_what_is_not_ndjson_is_said_once(run: Run, stand_in: StandIn, text: str, told: str) -> None:
    result = run("import", "b", "-", stdin=text)

    assert result.exit_code == 1
    assert told in result.stderr
    assert "line 1" not in result.stderr
    assert stand_in.requests == []


def test_a_csv_header_with_another_separator_is_recognised(run: Run) -> None:
    result = run("import", "b", "-", "--format", "csv", stdin="member;score\na;1\n")

    assert "this file has semicolons" in result.stderr


@pytest.mark.parametrize("format_", ["csv", "ndjson"])
@pytest.mark.parametrize("text", ["", "\n\n", "member,score\n"])
def test_a_file_without_rows_is_nothing_to_import(run: Run, format_: str, text: str) -> None:
    if format_ == "ndjson":
        text = text.removeprefix("member,score")

    result = run("import", "b", "-", "--format", format_, stdin=text)

    assert result.exit_code == 0
    assert "Nothing to import" in result.stdout


def test_a_full_store_is_waited_for_and_then_told(run: Run, stand_in: StandIn) -> None:
    full = {"status": 507, "code": "STORE_FULL", "title": "The store is full", "detail": "full"}
    stand_in.answer = lambda seen: Reply(document=[full])

    result = run("import", "b", "-", "--retry-for", "0.05", stdin=ndjson(1))

    assert result.exit_code == 1
    assert "maxmemory" in result.stderr


def test_a_server_that_goes_away_leaves_no_traceback(stand_in: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("member,score\n" + "".join(f"m{i},{i}\n" for i in range(50_000)))
    stand_in.answer = lambda seen: taken(seen) if len(stand_in.requests) < 3 else Reply(cut=True)
    command = ["import", "b", str(file), "--retry-for", "0", "--url", stand_in.url, "--key", "k" * 20]

    ended = subprocess.run([sys.executable, "-m", "rankd", *command], capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "The connection broke" in ended.stderr
    assert "Traceback" not in ended.stderr and "Exception ignored" not in ended.stderr


def test_rejects_never_overwrite_the_file_they_come_from(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("member,score\na,1\n")

    assert run("import", "b", str(tmp_path / "s.csv"), "--rejects", f"{tmp_path}/./s.csv").exit_code == 2
    assert (tmp_path / "s.csv").read_text() == "member,score\na,1\n"


@pytest.mark.parametrize("text", [b"<html>", b"{}", b"[1]", b"[]"])
def test_an_answer_that_no_rankd_gives_ends_the_import(run: Run, stand_in: StandIn, text: bytes) -> None:
    stand_in.answer = lambda seen: Reply(text=text)

    result = run("import", "b", "-", stdin=ndjson(1))

    assert result.exit_code == 1
    assert "Is this a rankd?" in result.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.csv", "rank,member,score,field.country,metadata,updated_at\n1,a,5,FR,,2026-11-22T10:00:00Z\n"),
        ("s.ndjson", '{"rank":1,"member":"a","score":5,"updated_at":"2026-11-22T10:00:00Z"}\n'),
    ],
)
def test_refused_lines_of_an_export_are_told_how_they_are_brought_back(
    run: Run, stand_in: StandIn, tmp_path: Path, name: str, text: str
) -> None:
    # given an export that is imported as if it were submissions, and rows of one's own that are refused
    (tmp_path / name).write_text(text)
    (tmp_path / "own.ndjson").write_text(ndjson(1))
    stand_in.answer = refusing("a")
    exported = run("import", "b", str(tmp_path / name))
    stand_in.answer = refusing("m0")
    own = run("import", "b", str(tmp_path / "own.ndjson"))

    # then only the export is said to be one
    assert (exported.exit_code, own.exit_code) == (1, 1)
    assert "--restore" in exported.stderr
    assert "--restore" not in own.stderr
