"""What a person reads when something fails: what happened, where, why, what to do next. Exit 1, usage 2."""

import socket
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rankd.cli.root import app
from tests.cli.conftest import KEY, Run
from tests.cli.stand_in import Reply, StandIn, problem


def test_a_problem_is_explained_with_a_next_step(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(404, "BOARD_NOT_FOUND", "There is no board 'b'.")

    result = run("top", "b")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "BOARD_NOT_FOUND 404" in result.stderr
    assert f"GET {stand_in.url}/v1/boards/b/entries" in result.stderr
    assert "There is no board 'b'." in result.stderr
    assert "rankd board put" in result.stderr


def test_every_fault_of_a_refused_request_is_shown(run: Run, stand_in: StandIn) -> None:
    reply = problem(422, "VALIDATION_FAILED", "2 faults")
    reply.document["errors"] = [
        {"pointer": "/score", "detail": "a whole number"},
        {"pointer": "/member", "detail": "empty"},
    ]
    stand_in.answer = lambda seen: reply

    result = run("submit", "b", "m", "1.5")

    assert "/score: a whole number" in result.stderr
    assert "/member: empty" in result.stderr


def test_a_fault_that_the_detail_repeats_is_shown_once(run: Run, stand_in: StandIn) -> None:
    reply = problem(422, "VALIDATION_FAILED", "limit must be at most 1000")
    reply.document["errors"] = [{"parameter": "limit", "detail": "must be at most 1000"}]
    stand_in.answer = lambda seen: reply

    result = run("top", "b")

    assert "limit: must be at most 1000" in result.stderr
    assert result.stderr.count("must be at most 1000") == 1


def test_a_missing_scope_is_named_alone(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(403, "SCOPE_MISSING", "this call needs a key with the scope 'write'")

    result = run("submit", "b", "m", "1")

    assert "--scope write" in result.stderr
    assert result.stderr.count("--scope") == 1


def test_a_full_store_has_to_be_freed_before_a_repeat(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(507, "STORE_FULL", "full")

    told = run("submit", "b", "m", "1").stderr

    assert told.index("maxmemory") < told.index("--idempotency-key")
    assert "maxmemory" in run("board", "put", "b").stderr


def test_a_store_that_is_away_is_a_case_for_the_doctor(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(503, "STORE_AWAY", "away")

    assert "rankd doctor" in run("submit", "b", "m", "1").stderr
    assert "rankd doctor" in run("top", "b").stderr


@pytest.mark.parametrize("document", [[], {}, {"status": "ok"}, "rank"])
def test_an_answer_that_no_rankd_gives_is_no_traceback(run: Run, stand_in: StandIn, document: object) -> None:
    stand_in.answer = lambda seen: Reply(document=document)

    for command in (["top", "b"], ["rank", "b", "m"], ["around", "b", "m"], ["board", "list"]):
        result = run(*command)

        assert result.exit_code == 1
        assert "Is this a rankd?" in result.stderr


def test_only_a_call_that_writes_may_have_been_carried_out(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(cut=True)

    assert "is not known" not in run("top", "b").stderr
    written = run("submit", "b", "m", "1").stderr
    assert "is not known" in written
    assert f"--idempotency-key {stand_in.requests[-1].headers['Idempotency-Key']}" in written


def test_tls_to_a_plain_port_says_use_http(stand_in: StandIn) -> None:
    url = stand_in.url.replace("http:", "https:")

    result = CliRunner().invoke(app, ["top", "b", "--url", url, "--key", KEY])

    assert f"--url {stand_in.url}" in result.stderr


@pytest.mark.parametrize("arguments", [["--key", ""], ["--key", " "], []])
def test_an_empty_key_never_becomes_the_root_key(stand_in: StandIn, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "root.key").write_text("rk_root_local\n")
    command = ["board", "list", "--url", stand_in.url, "--data-dir", str(tmp_path), *arguments]

    result = CliRunner().invoke(app, command, env={"RANKD_KEY": ""})

    assert result.exit_code == 2
    assert "The API key is empty" in result.stderr
    assert stand_in.requests == []


def test_a_root_key_that_another_server_does_not_know_is_named(stand_in: StandIn, tmp_path: Path) -> None:
    (tmp_path / "root.key").write_text("rk_root_local\n")
    stand_in.answer = lambda seen: problem(401, "UNAUTHORIZED", "no such key")

    result = CliRunner().invoke(app, ["board", "list", "--url", stand_in.url, "--data-dir", str(tmp_path)])

    assert f"read from {tmp_path / 'root.key'}" in result.stderr
    assert "Another server may need another key" in result.stderr


@pytest.mark.parametrize(
    "command", [("board", "delete", "b"), ("board", "reset", "b"), ("project", "delete", "p"), ("key", "revoke", "k")]
)
def test_what_is_lost_for_good_needs_a_yes_where_nobody_can_be_asked(
    run: Run, stand_in: StandIn, command: tuple[str, ...]
) -> None:
    result = run(*command)

    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert stand_in.requests == []


def test_a_patch_of_nothing_is_wrong_usage(run: Run, stand_in: StandIn) -> None:
    result = run("board", "patch", "b")

    assert result.exit_code == 2
    assert "give at least one setting" in result.stderr
    assert stand_in.requests == []


def test_an_empty_list_is_remarked_for_people_only(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document={"boards": [], "next": None})

    assert "No boards yet" in run("board", "list").stderr
    assert run("board", "list", "--json").stderr == ""


def test_an_answer_cannot_steer_the_terminal(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(404, "X\x1b[2J", "\x1b]0;owned\x07\u202e")

    assert "\x1b" not in run("top", "b").stderr


def test_no_server_says_how_to_start_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    result = CliRunner().invoke(app, ["top", "b", "--url", f"http://127.0.0.1:{port}", "--key", KEY])

    assert result.exit_code == 1
    assert "No server answers" in result.stderr
    assert "rankd serve" in result.stderr


@pytest.mark.parametrize("url", ["http://", "ftp://x", "http://[::", "http://h:99999", "http://a b", "http://ü.de"])
def test_a_bad_url_is_refused_before_anything_is_sent(url: str) -> None:
    result = CliRunner().invoke(app, ["top", "b", "--url", url, "--key", KEY])

    assert result.exit_code == 2
    assert "is not the URL of a server" in result.stderr


def test_an_answer_of_something_else_is_recognised(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(502, text=b"<html>Bad gateway</html>")

    assert "not as rankd does" in run("top", "b").stderr


def test_a_cut_connection_is_no_traceback(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(cut=True)

    result = run("submit", "b", "m", "1")

    assert result.exit_code == 1
    assert "The connection broke" in result.stderr
    assert "Traceback" not in result.output


def test_an_unknown_outcome_names_the_key_to_repeat_with(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(503, "OUTCOME_UNKNOWN", "no answer in time", Retry_After="1")

    result = run("submit", "b", "m", "1")

    assert f"--idempotency-key {stand_in.requests[0].headers['Idempotency-Key']}" in result.stderr


def test_wrong_usage_exits_with_2(run: Run, stand_in: StandIn) -> None:
    assert run("top", "b", "--limit", "0").exit_code == 2
    assert run("submit", "b", "m", "1", "--subscore", "goals").exit_code == 2
    assert run("submit", "b", "m", "1", "--metadata", "{").exit_code == 2
    assert run("board", "put", "b", "--subscore", "goals:up").exit_code == 2
    assert run("import", "b", "/nowhere").exit_code == 2
    assert stand_in.requests == []


def test_the_root_key_of_the_data_directory_serves_a_server_on_this_machine(stand_in: StandIn, tmp_path: Path) -> None:
    (tmp_path / "root.key").write_text("rk_root_local\n")
    stand_in.answer = lambda seen: Reply(document={"boards": [], "next": None})

    result = CliRunner().invoke(app, ["board", "list", "--url", stand_in.url, "--data-dir", str(tmp_path)])

    assert result.exit_code == 0
    assert stand_in.requests[0].headers["Authorization"] == "Bearer rk_root_local"


def test_the_root_key_never_goes_to_another_machine(tmp_path: Path) -> None:
    (tmp_path / "root.key").write_text("rk_root_local\n")

    result = CliRunner().invoke(app, ["board", "list", "--url", "http://192.0.2.1:1", "--data-dir", str(tmp_path)])

    assert result.exit_code == 1
    assert "not sent to another" in result.stderr


def test_a_missing_root_key_says_what_to_do(stand_in: StandIn, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["board", "list", "--url", stand_in.url, "--data-dir", str(tmp_path)])

    assert result.exit_code == 1
    assert "--key" in result.stderr
    assert stand_in.requests == []


def test_a_service_that_is_no_http_at_all_is_recognised() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"-ERR unknown command\r\n\r\n")
                connection.recv(65_536)

        thread = threading.Thread(target=greet)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        result = CliRunner().invoke(app, ["top", "b", "--url", url, "--key", KEY])
        thread.join()

    assert result.exit_code == 1
    assert "does not speak HTTP" in result.stderr
    assert "a rankd?" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("top", "b", "--limit", "5000"), "give at most 1000"),
        (("top", "b", "--limit", "many"), "give a whole number"),
        (("board", "put", "b", "--order", "up"), "'up' is not one of 'desc', 'asc'"),
    ],
)
def test_wrong_values_are_told_in_plain_words(run: Run, arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert told in result.stderr
    assert "Value error" not in result.stderr and "Input should" not in result.stderr
