"""`rankd import` counts every row once, whatever happens on the way, and names the rows it refused."""

import json
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
    rejects = [json.loads(line) for line in (tmp_path / "r").read_text().splitlines()]
    assert {reject["line"]: reject.get("submission", {}).get("member") for reject in rejects} == {
        3: "m2",
        6: None,
    }
    assert json.loads(result.stdout) == {"rows": 6, "taken": 4, "changed": 0, "refused": 2, "repeated": 0}


def test_rows_of_an_earlier_run_are_told_apart(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=taken(seen).document, headers={"Idempotent-Replayed": "true"})

    result = run("import", "b", "-", stdin=ndjson(3))

    assert "3 were there from an earlier run" in result.stdout


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
