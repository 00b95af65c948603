"""rankd.bench: its arithmetic, its driver against a real socket, and what it says when things go wrong."""

import asyncio
import io
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from rich.console import Console

from benchmarks.figures import Figure
from benchmarks.figures import show as show_figures
from rankd.bench import report, run
from rankd.bench.driver import Pace, drive
from rankd.bench.figures import BenchFailed, Measurement, Ratio, Sample, percentile
from rankd.bench.plan import Plan
from rankd.bench.server import Server
from rankd.bench.target import Target
from rankd.bench.workloads import BATCH_ROWS, arrays, first_scores, members, rows

KEY = "rk_bench_secret"
README = Path(__file__).parent.parent / "benchmarks" / "README.md"


class StandIn:
    """A tiny ASGI application with the shapes of rankd's answers, and switches to make it fail."""

    def __init__(self) -> None:
        self.boards: set[str] = set()
        self.seen: Counter[str] = Counter()
        self.fail_every = 0
        self.refuse_rows = False
        self.chunked = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        status, answer = self.answer(scope["method"], scope["path"], dict(scope["headers"]), body)
        text = orjson.dumps(answer)
        headers = [] if self.chunked else [(b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    def answer(self, method: str, path: str, headers: dict[bytes, bytes], body: bytes) -> tuple[int, Any]:
        self.seen[method] += 1
        if path == "/v1/info":
            return 200, {"version": "0.0.0", "store": {"kind": "valkey", "version": "9.1.2"}}
        if headers.get(b"authorization") != f"Bearer {KEY}".encode():
            return 401, {"code": "UNAUTHORIZED", "detail": "No valid key."}
        board = path.split("/")[3]
        if method == "PUT":
            self.boards.add(board)
        if method == "DELETE":
            self.boards.discard(board)
        if self.fail_every and self.seen[method] % self.fail_every == 0:
            return 503, {"code": "STORE_AWAY", "detail": "The store cannot be reached."}
        if body.startswith(b"["):
            row: dict[str, Any] = {"status": 422, "code": "VALIDATION_FAILED"} if self.refuse_rows else {"rank": 1}
            return 200, [row] * len(orjson.loads(body))
        return 200, {"board": board, "rank": 1, "entries": []}


async def _body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


@pytest.fixture
def stand_in() -> Iterator[tuple[StandIn, str]]:
    app = StandIn()
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield app, f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


def drive_one(url: str, path: str, pace: Pace, **options: Any) -> Sample:
    target = Target.at(url, KEY)
    with asyncio.Runner() as runner:
        return runner.run(drive(target, repeat(target.request("GET", path)), pace, **options))


# --- arithmetic


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [1.0, 2.0, 3.0, 4.0]
    assert [percentile(values, share) for share in (0.0, 0.25, 0.5, 0.51, 0.99, 1.0)] == [1, 1, 2, 3, 4, 4]
    assert percentile([7.0], 0.5) == 7
    assert str(percentile([], 0.5)) == "nan"


def measurement(name: str, per_round: list[int], *, rows_per_request: int = 1, control: bool = False) -> Measurement:
    samples = [Sample(1.0, 0.25, [0.001 * (n + 1) for n in range(count)]) for count in per_round]
    return Measurement(name, control, 4, rows_per_request, samples, None if control else "slow")


def test_throughput_is_the_median_round_in_rows() -> None:
    measured = measurement("batch", [10, 30, 20], rows_per_request=1000)
    assert measured.rounds == [10_000, 30_000, 20_000]
    assert measured.throughput == 20_000
    assert measured.requests == 60
    assert measured.driver_share == 0.25
    assert measured.driver_us == pytest.approx(0.75e6 / 60)


def test_a_ratio_is_taken_within_each_round() -> None:
    ratio = Ratio.of(measurement("fast", [30, 40, 90]), measurement("slow", [10, 20, 10], control=True))
    assert ratio.rounds == [3, 2, 9]
    assert ratio.median == 3
    assert ratio.name == "fast / slow"


def test_the_same_seed_gives_the_same_rows() -> None:
    ids = members(50, seed=4)
    again = members(50, seed=4)
    assert ids == again
    assert len(set(ids)) == 50
    assert list(first_scores(ids, 4)) == list(first_scores(again, 4))
    one_pass = [next(source) for source in [rows(ids, 4)] for _ in range(50)]
    assert sorted(member for member, _ in one_pass) == sorted(ids)


def test_arrays_hold_what_the_api_takes() -> None:
    sizes = [len(chunk) for chunk in arrays(iter([("m", 1)] * (2 * BATCH_ROWS + 5)))]
    assert sizes == [BATCH_ROWS, BATCH_ROWS, 5]


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"seconds": 0}, {"rounds": 101}, {"entries": 0}])
def test_a_plan_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BenchFailed, match=f"{next(iter(wrong))} must be between"):
        Plan(**wrong)


# --- requests and the driver


def test_a_target_is_read_from_a_url() -> None:
    assert Target.at("localhost:81").url == "http://localhost:81"
    assert Target.at("https://[::1]/under/").url == "https://[::1]:443/under"
    request = Target.at("http://h:8/p", "k").request("POST", "/v1/x", b"{}")
    assert request.startswith(b"POST /p/v1/x HTTP/1.1\r\nHost: h:8\r\nAuthorization: Bearer k\r\n")
    assert request.endswith(b"Content-Length: 2\r\n\r\n{}")
    for wrong in ("ftp://x", "http://", "http://x:port"):
        with pytest.raises(BenchFailed, match="one looks like http://127"):
            Target.at(wrong)


@pytest.mark.parametrize("chunked", [False, True])
def test_the_driver_counts_what_the_server_answered(stand_in: tuple[StandIn, str], chunked: bool) -> None:
    app, url = stand_in
    app.chunked = chunked
    sample = drive_one(url, "/v1/boards/b/entries", Pace(4, 0.2, 0.05))
    assert not sample.errors
    assert 0.15 < sample.elapsed_s < 1
    assert 0 < len(sample.latencies_s) <= app.seen["GET"]
    assert all(0 < value < 1 for value in sample.latencies_s)
    assert sum(sample.latencies_s) <= 4 * (sample.elapsed_s + max(sample.latencies_s))


def test_without_seconds_the_driver_sends_every_request_once(stand_in: tuple[StandIn, str]) -> None:
    app, url = stand_in
    target = Target.at(url, KEY)
    requests = [target.request("POST", "/v1/boards/b/scores", b"[{}]")] * 7
    with asyncio.Runner() as runner:
        sample = runner.run(drive(target, iter(requests), Pace(3)))
    assert app.seen["POST"] == len(sample.latencies_s) == 7


def test_errors_are_counted_by_status_and_not_as_throughput(stand_in: tuple[StandIn, str]) -> None:
    app, url = stand_in
    app.fail_every = 2
    sample = drive_one(url, "/v1/boards/b/entries", Pace(1, 0.2))
    assert list(sample.errors) == ["503"]
    assert abs(sample.errors["503"] - len(sample.latencies_s)) <= 1


def test_refused_items_of_an_array_are_counted(stand_in: tuple[StandIn, str]) -> None:
    app, url = stand_in
    app.refuse_rows = True
    target = Target.at(url, KEY)
    requests = [target.request("POST", "/v1/boards/b/scores", b"[{},{},{}]")] * 2
    with asyncio.Runner() as runner:
        sample = runner.run(drive(target, iter(requests), Pace(1), counts_items=True))
    assert sample.refused_rows == 6


async def test_a_lost_connection_is_counted_and_replaced() -> None:
    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"ngth: 4\r\n\r\nab")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"cd")
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    target = Target("127.0.0.1", port)
    sample = await drive(target, repeat(target.request("GET", "/")), Pace(1, 0.3))
    server.close()
    assert sample.errors["connection"] >= 1
    assert len(sample.latencies_s) >= 2


# --- what is said


@pytest.mark.parametrize(
    ("key", "path", "says"),
    [
        ("wrong", "/v1/boards/b", r"401 UNAUTHORIZED: No valid key\. .*--key KEY or RANKD_KEY"),
        (KEY, "/v1/boards/b", r"503 STORE_AWAY: .*rankd doctor"),
    ],
)
def test_a_refusal_says_what_to_do(stand_in: tuple[StandIn, str], key: str, path: str, says: str) -> None:
    app, url = stand_in
    app.fail_every = 1
    with Server(Target.at(url, key)) as server, pytest.raises(BenchFailed, match=says):
        server.call("GET", path)


def test_a_server_that_is_not_there_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert run(f"http://127.0.0.1:{port}", KEY) == 2
    told = capsys.readouterr()
    assert f"http://127.0.0.1:{port} cannot be reached" in told.err
    assert "rankd serve" in told.err
    assert not told.out


def test_a_json_file_that_cannot_be_written_stops_the_run_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("http://127.0.0.1:1", KEY, json_path=str(tmp_path / "none" / "x.json")) == 2
    assert "There is no directory for" in capsys.readouterr().err


def test_the_table_is_aligned_and_shows_errors() -> None:
    slow = measurement("slow", [1000, 1000], control=True)
    fast = measurement("fast", [3000, 5000])
    fast.samples[0].errors["503"] = 12
    outcome = report.document(
        {"url": "http://x", "server": {"version": "1"}, "control_store": "valkey 9", "settings": PLAN},
        [fast, slow],
        finished=True,
    )
    text = io.StringIO()
    report.show(Console(file=text, highlight=False), outcome)
    lines = text.getvalue().splitlines()
    head, first, second = lines[:3]
    assert first.startswith("fast ") and second.startswith("  slow ")
    assert "503 x12" in first
    for name in ("in flight", "requests/s", "rows/s", "p50 ms", "p99 ms", "driver CPU"):
        end = head.index(name) + len(name)
        for line in (first, second):
            assert line[end - 1].strip() and not line[end].strip(), (name, line)
    assert any(re.search(r"^fast / slow +4\.00 +3\.00 +5\.00", line) for line in lines)


PLAN = {
    "concurrency": 4,
    "seconds": 1.0,
    "entries": 10,
    "rounds": 2,
    "warmup_s": 0.1,
    "controls": True,
    "seed": 1,
}


# --- a whole run


def test_a_run_reports_every_workload_and_drops_its_board(
    stand_in: tuple[StandIn, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app, url = stand_in
    file = tmp_path / "bench.json"
    options: dict[str, Any] = {
        "concurrency": 4,
        "seconds": 0.2,
        "entries": 1500,
        "rounds": 2,
        "warmup_s": 0.02,
    }
    assert run(url, KEY, json_path=str(file), controls=False, **options) == 0
    outcome = orjson.loads(file.read_bytes())
    names = [measured["name"] for measured in outcome["measurements"]]
    assert names == ["submit", "batch submit", "rank", "top 100", "around"]
    assert all(len(measured["rounds_rows_per_s"]) == 2 for measured in outcome["measurements"])
    assert all(measured["requests"] and not measured["errors"] for measured in outcome["measurements"])
    assert outcome["server"]["version"] == "0.0.0"
    assert not app.boards and app.seen["DELETE"] == 1
    assert "batch submit" in capsys.readouterr().out


def test_a_run_with_errors_says_so_by_its_exit_code(
    stand_in: tuple[StandIn, str], capsys: pytest.CaptureFixture[str]
) -> None:
    app, url = stand_in
    app.fail_every = 50
    options: dict[str, Any] = {"concurrency": 2, "seconds": 0.1, "entries": 10, "rounds": 1, "warmup_s": 0}
    assert run(url, KEY, json_path="-", controls=False, **options) == 1
    told = capsys.readouterr()
    assert "503 x" in told.err
    assert orjson.loads(told.out)["schema"] == report.SCHEMA


def test_controls_are_measured_in_the_same_rounds(stand_in: tuple[StandIn, str], tmp_path: Path) -> None:
    _, url = stand_in
    file = tmp_path / "bench.json"
    options: dict[str, Any] = {
        "concurrency": 4,
        "seconds": 0.2,
        "entries": 1000,
        "rounds": 2,
        "warmup_s": 0.02,
    }
    assert run(url, KEY, json_path=str(file), **options) == 0
    outcome = orjson.loads(file.read_bytes())
    controls = [measured for measured in outcome["measurements"] if measured["control"]]
    assert [measured["name"] for measured in controls] == ["naive submit", "bare ZADD"]
    assert all(measured["requests"] and not measured["errors"] for measured in controls)
    assert [ratio["name"] for ratio in outcome["ratios"]] == [
        "submit / naive submit",
        "batch submit / bare ZADD",
    ]
    assert outcome["control_store"].startswith(("valkey", "redis"))
    assert undocumented(outcome) == set()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for child processes in /proc")
@pytest.mark.parametrize(("sign", "is_in_background"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_a_stopped_run_drops_its_board_and_ends_the_controls(
    stand_in: tuple[StandIn, str], sign: signal.Signals, is_in_background: bool
) -> None:
    app, url = stand_in
    script = f"from rankd.bench import run; raise SystemExit(run({url!r}, {KEY!r}, seconds=60, entries=100))"
    # What a shell puts into the background ignores SIGINT from its start.
    if is_in_background:
        script = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {script}"
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)
    deadline_s = time.monotonic() + 20
    while app.seen["POST"] < 50 and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert len(app.boards) == 1
    controls = children(process.pid)
    process.send_signal(sign)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"the board is dropped" in told
    assert not app.boards
    assert len(controls) == 1 and not any(Path(f"/proc/{pid}").exists() for pid in controls)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def undocumented(outcome: dict[str, Any]) -> set[str]:
    """Names of the document that benchmarks/README.md does not explain."""
    explained = set(re.findall(r"`(\w+)`", README.read_text().partition("## The JSON document")[2]))
    parts = [outcome, outcome["client"], outcome["settings"], *outcome["measurements"], *outcome["ratios"]]
    return {name for part in parts for name in part} - explained


def test_a_missed_target_is_shown_and_told_by_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = [Figure("size", 161.25, "bytes", 160), Figure("count", 3, "")]
    file = tmp_path / "figures.json"
    assert show_figures("memory", figures, str(file)) == 1
    assert re.search(r"size +161\.25 +bytes +160 +missed", capsys.readouterr().out)
    assert orjson.loads(file.read_bytes())["figures"][0]["kept"] is False
    assert show_figures("memory", figures[1:], None) == 0


@pytest.mark.parametrize(("fast", "verdict"), [([30, 40, 30], "kept"), ([20, 40, 29], "missed")])
def test_a_ratio_stands_beside_its_target(fast: list[int], verdict: str, capsys: pytest.CaptureFixture[str]) -> None:
    pair = [measurement("submit", fast), measurement("naive submit", [10, 10, 10], control=True)]
    facts = report.ratio_facts(Ratio.of(*pair))
    Console(width=110).print(report._ratio_table([facts]))
    assert (facts["target"], facts["kept"]) == (3.0, verdict == "kept")
    assert re.search(rf"submit / naive submit .* 3 +{verdict}", capsys.readouterr().out)
