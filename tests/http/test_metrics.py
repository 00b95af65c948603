"""`/metrics` as a route, and which requests are counted under which names."""

import asyncio
import threading
from typing import Any

import pytest

from rankd import telemetry
from rankd.http import metrics
from rankd.http.metrics import Counted, Scrapes
from tests.asgi_calls import Calls
from tests.test_metrics import parsed, value_of
from tests.waiting import until

SCORES = "/v1/boards/{board}/scores"


def counted(route: str, method: str, status: int) -> float:
    labels = {"route": route, "method": method, "status": str(status)}
    return value_of(telemetry.exposition(), "rankd_requests_total", **labels) or 0


def timed(route: str) -> float:
    return value_of(telemetry.exposition(), "rankd_request_seconds_count", route=route) or 0


async def test_it_needs_no_key_and_is_prometheus_text(app: Any) -> None:
    answer = await Calls(app, "")("GET", "/metrics")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "rankd_periods_closed" in parsed(answer.body)
    head = await Calls(app, "")("HEAD", "/metrics")
    assert (head.status, head.body) == (200, b"")


async def test_what_is_set_is_shown(call: Calls) -> None:
    def shown(text: bytes) -> float:
        return value_of(text, "rankd_rollovers_due") or 0

    before = shown((await call("GET", "/metrics")).body)
    telemetry.ROLLOVERS_DUE.inc(3)
    after = shown((await call("GET", "/metrics")).body)
    telemetry.ROLLOVERS_DUE.dec(3)
    assert after - before == 3


async def test_every_request_is_counted_once_by_method_and_status() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200 if scope["method"] == "GET" else 405, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    calls = Calls(Counted("/counted", app), "")
    for method in ("GET", "GET", "GET", "POST", "BREW"):
        await calls(method, "/counted")

    def counts() -> list[float]:
        return [counted("/counted", *key) for key in (("GET", 200), ("POST", 405), ("other", 405))]

    await until(lambda: counts() == [3, 1, 1], 5, "the first counts")
    assert timed("/counted") == 5
    await calls("GET", "/counted")
    await until(lambda: counts() == [4, 1, 1], 5, "the next count")


async def test_routes_are_named_by_the_table_and_never_by_clients(call: Calls) -> None:
    def counts() -> list[float]:
        return [counted(SCORES, "POST", 200), counted(SCORES, "POST", 404), counted("none", "PUT", 404)]

    before = counts()
    await call("PUT", "/v1/boards/of-my-own", {})
    assert (await call("POST", "/v1/boards/of-my-own/scores", {"member": "ada", "score": 1})).status == 200
    assert (await call("POST", "/v1/boards/of-nobody/scores", {"member": "ada", "score": 1})).status == 404
    assert (await call("PUT", "/of/my/own", {})).status == 404

    # at least, as the last requests of other tests may arrive meanwhile
    def all_rose() -> bool:
        return all(now > then for now, then in zip(counts(), before, strict=True))

    await until(all_rose, 5, "the counts")
    assert b"of-my-own" not in telemetry.exposition()
    assert b"/of/my/own" not in telemetry.exposition()


async def test_a_failing_application_is_counted_as_500() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    before = counted("/failing", "GET", 500)
    with pytest.raises(ZeroDivisionError):
        await Calls(Counted("/failing", failing), "")("GET", "/failing")
    await until(lambda: counted("/failing", "GET", 500) - before == 1, 5, "the count")


async def test_many_who_ask_at_once_share_one_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on = threading.Semaphore(0), threading.Event()

    def slow() -> bytes:
        begun.release()
        goes_on.wait(5)
        return b"text"

    monkeypatch.setattr(metrics.telemetry, "exposition", slow)
    scrapes = Scrapes()
    given_up, *others = [asyncio.ensure_future(scrapes.text()) for _ in range(20)]
    await asyncio.to_thread(begun.acquire)
    given_up.cancel()
    others += [asyncio.ensure_future(scrapes.text()) for _ in range(20)]
    goes_on.set()
    assert set(await asyncio.gather(*others)) == {b"text"}
    assert not begun.acquire(blocking=False)
    assert await scrapes.text() == b"text"
    assert begun.acquire(blocking=False)
