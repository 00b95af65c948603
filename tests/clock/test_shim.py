"""The shim itself: what it moves, on both stores and in Python, and what it leaves alone."""

import subprocess
import sys
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx2
import pytest

from tests.clock import DAY_US, HOUR_US, SECOND_US, MovedClock
from tests.conftest import require_store
from tests.rankd_processes import running_rankd
from tests.store_servers import StoreServer, running_store
from tests.waiting import wait_until

NEAR_US = SECOND_US  # between two readings of a running clock, on a busy machine
CLOCKS = "import time; print(time.time_ns() // 1000, time.clock_gettime_ns(5) // 1000, time.monotonic_ns() // 1000)"


@pytest.fixture
def clock() -> Iterator[MovedClock]:
    with MovedClock() as clock:
        yield clock


@pytest.fixture
def moved_store(store_kind: str, clock: MovedClock) -> Iterator[StoreServer]:
    require_store(store_kind)
    with running_store(store_kind, clock=clock) as store:
        yield store


def time_us(store: StoreServer) -> int:
    seconds, micros = store.control.time()
    return int(seconds) * SECOND_US + int(micros)


def script_time_us(store: StoreServer) -> int:
    seconds, micros = store.control.eval("return redis.call('TIME')", 0)
    return int(seconds) * SECOND_US + int(micros)


@pytest.mark.parametrize("by_us", [2 * HOUR_US, -2 * HOUR_US, DAY_US, 400 * DAY_US, 0])
def test_a_store_tells_the_moved_time(moved_store: StoreServer, clock: MovedClock, by_us: int) -> None:
    clock.move(by_us)
    before = clock.now_us()
    told = [time_us(moved_store), script_time_us(moved_store)]
    assert before <= told[0] <= told[1] <= clock.now_us()
    assert clock.offset_us == by_us


def test_a_standing_clock_is_told_to_the_microsecond(moved_store: StoreServer, clock: MovedClock) -> None:
    for at_us in (1_800_000_000_000_000, 1_799_999_999_999_999, 1_700_000_000_000_001):
        clock.stand_at(at_us)
        assert [time_us(moved_store), script_time_us(moved_store), clock.now_us()] == [at_us] * 3
    clock.move(-1)
    assert time_us(moved_store) == 1_700_000_000_000_000
    clock.run()
    wait_until(lambda: time_us(moved_store) > 1_700_000_000_000_000, 5, "the clock to run")
    assert time_us(moved_store) < 1_700_000_000_000_000 + 5 * SECOND_US


def test_keys_die_as_the_moved_clock_says(moved_store: StoreServer, clock: MovedClock) -> None:
    # given keys with a TTL, of both forms, on a clock that stands
    control, at_us = moved_store.control, 1_800_000_000_000_000
    clock.stand_at(at_us)
    control.set("lives", "x", px=HOUR_US // 1000 + 1)
    control.set("dies", "x", px=HOUR_US // 1000)
    control.set("dies too", "x")
    control.pexpireat("dies too", (at_us + HOUR_US) // 1000)

    # when the clock has come to the hour, the last moment they have, and a millisecond on
    clock.move(+HOUR_US)
    before = [control.exists(key) for key in ("lives", "dies", "dies too")]
    clock.move(+1000)
    after = [control.exists(key) for key in ("lives", "dies", "dies too")]

    # then they are there, and two are gone for good, also when it goes back; the store removes them itself
    assert (before, after, control.pttl("lives")) == ([1, 1, 1], [1, 0, 0], 0)
    clock.move(-DAY_US)
    assert [control.exists(key) for key in ("lives", "dies", "dies too")] == [1, 0, 0]
    clock.move(+2 * DAY_US)
    wait_until(lambda: control.dbsize() == 0, 10, "the store to remove the last key, unasked")


def test_a_restarted_store_keeps_its_clock(moved_store: StoreServer, clock: MovedClock) -> None:
    clock.move(+DAY_US)
    moved_store.control.set("a", "x", ex=3600)
    moved_store.kill()
    clock.move(+HOUR_US // 2)
    moved_store.start()
    assert abs(time_us(moved_store) - clock.now_us()) < NEAR_US
    assert moved_store.control.exists("a") == 1
    clock.move(+HOUR_US)
    assert moved_store.control.exists("a") == 0


def test_two_stores_have_two_clocks(store_kind: str, moved_store: StoreServer, clock: MovedClock) -> None:
    with MovedClock() as other, running_store(store_kind, clock=other) as beside:
        clock.move(+HOUR_US)
        other.move(-HOUR_US)
        assert abs(time_us(moved_store) - time_us(beside) - 2 * HOUR_US) < NEAR_US


def test_python_is_moved_but_not_its_monotonic_clock(clock: MovedClock) -> None:
    def read() -> list[int]:
        answer = subprocess.run(
            [sys.executable, "-c", CLOCKS], env=clock.environment, capture_output=True, check=True, text=True
        )
        return [int(part) for part in answer.stdout.split()]

    still = read()
    clock.move(+HOUR_US)
    moved = read()
    passed = moved[2] - still[2]
    assert 0 < passed < 20 * SECOND_US
    assert all(abs(moved[i] - still[i] - passed - HOUR_US) < NEAR_US for i in (0, 1))


def test_a_service_and_its_workers_run_on_a_clock_of_their_own(moved_store: StoreServer, tmp_path: Path) -> None:
    with MovedClock() as own:
        own.move(-HOUR_US)
        with running_rankd(tmp_path, moved_store.url, "--workers", "2", clock=own) as process:
            answer = httpx2.get(f"{process.url}/healthz", trust_env=False)
            behind_s = own.now_us() / SECOND_US - parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert -1 <= behind_s <= 5  # the header is made once a second
