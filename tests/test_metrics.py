"""Metrics: their declarations, workers that answer for each other, and what the client commands are spared.

What several workers add up to is tested on the metrics alone (processes of our own that set them) and on the
real service.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.parser import text_string_to_metric_families

from rankd import telemetry
from rankd.datadir import StartRefused
from rankd.serving import worker_metrics
from rankd.serving.worker_metrics import end_gauges, metrics_directory, name_of
from tests.rankd_processes import RankdProcess, running_rankd
from tests.store_servers import running_store
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
HEALTH = {"route": "/healthz", "method": "GET", "status": "200"}
DECLARED = {
    family.name: family
    for metric in vars(telemetry).values()
    if isinstance(metric, MetricWrapperBase)
    for family in metric.describe()
}


def parsed(text: bytes) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text.decode())}


def value_of(text: bytes, sample: str, **labels: str) -> float | None:
    """The value of one sample, None where it is not shown."""
    for family in parsed(text).values():
        for found in family.samples:
            if found.name == sample and found.labels == labels:
                return float(found.value)
    return None


def assert_shows_all_declared(text: bytes) -> None:
    shown = parsed(text)
    assert {name: family.type for name, family in shown.items()} == {n: f.type for n, f in DECLARED.items()}
    assert {name: family.documentation for name, family in shown.items()} == {
        name: family.documentation for name, family in DECLARED.items()
    }


# Declarations


def test_every_metric_is_named_for_rankd_and_says_what_it_is() -> None:
    assert len(DECLARED) >= 13
    for name, family in DECLARED.items():
        assert name.startswith("rankd_")
        assert len(family.documentation) > 20
    assert_shows_all_declared(telemetry.exposition())


def test_sums_counted_elsewhere_arrive_as_observations_would() -> None:
    bounds = (1.0, 2.0)
    observed = telemetry.TalliedHistogram("rankd_observed", "-", buckets=bounds, registry=None)
    added = telemetry.TalliedHistogram("rankd_added", "-", buckets=bounds, registry=None)
    for amount in (0.5, 1.0, 1.5, 9.0):
        observed.observe(amount)
    added.add([2, 1, 1], 12.0)
    assert values_of(observed) == values_of(added)


def values_of(metric: MetricWrapperBase) -> list[tuple[str, dict[str, str], float]]:
    family = next(iter(metric.collect()))
    return [(sample.name.removeprefix(family.name), sample.labels, sample.value) for sample in family.samples]


# Several processes


def obey(orders: Connection) -> None:
    """The life of a process that does with its metrics what it is told, and answers with its exposition."""
    while order := orders.recv():
        metric, act, *values = order
        if metric:
            getattr(getattr(telemetry, metric), act)(*values)
        orders.send(telemetry.exposition())


class Setter:
    """A process in a worker's place."""

    def __init__(self, place: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self.child = context.Process(target=obey, args=(theirs,), name=name_of(place), daemon=True)
        self.child.start()
        theirs.close()

    def __call__(self, metric: str, act: str, *values: float) -> bytes:
        self._orders.send((metric, act, *values))
        return bytes(self._orders.recv())

    def text(self) -> bytes:
        return self("", "")

    def kill(self) -> None:
        self.child.kill()
        self.child.join()


@contextmanager
def setters(*places: int) -> Iterator[list[Setter]]:
    with ExitStack() as stack:
        started = [Setter(place) for place in places]
        for setter in started:
            stack.callback(setter.kill)
        yield started


def test_either_worker_answers_for_both() -> None:
    with metrics_directory() as directory, setters(0, 1) as (one, two):
        one("PERIODS_CLOSED", "inc", 2)
        two("PERIODS_CLOSED", "inc", 3)
        one("RANGE_BUILDS_RUNNING", "inc")
        two("RANGE_BUILDS_RUNNING", "inc")
        one("STORE_CLOCK_OFFSET_SECONDS", "set", 4.5)
        two("STORE_CLOCK_OFFSET_SECONDS", "set", -1.5)
        two("ROLLOVER_LAG_SECONDS", "observe", 1.5)
        (directory / f"counter_{name_of(2)}.db").touch()  # a third one that is just starting
        for text in (one.text(), two.text()):
            assert_shows_all_declared(text)
            assert value_of(text, "rankd_periods_closed_total") == 5
            assert value_of(text, "rankd_range_builds_running") == 2
            assert value_of(text, "rankd_store_clock_offset_seconds") == -1.5
            assert value_of(text, "rankd_rollover_lag_seconds_count") == 1
            assert value_of(text, "rankd_range_builds_total", outcome="failed") == 0


def test_a_killed_worker_leaves_its_counters_to_its_successor_and_takes_its_gauges_along() -> None:
    with metrics_directory() as directory, setters(0, 1) as (one, two):
        one("PERIODS_CLOSED", "inc", 2)
        one("RANGE_BUILDS_RUNNING", "inc")
        one("STORE_CLOCK_OFFSET_SECONDS", "set", 4.5)
        two("RANGE_BUILDS_RUNNING", "inc")
        files = sorted(directory.iterdir())

        one.kill()
        end_gauges(directory, name_of(0))

        assert value_of(two.text(), "rankd_periods_closed_total") == 2
        assert value_of(two.text(), "rankd_range_builds_running") == 1
        assert value_of(two.text(), "rankd_store_clock_offset_seconds") is None

        with setters(0) as (successor,):
            successor("PERIODS_CLOSED", "inc")
            assert value_of(two.text(), "rankd_periods_closed_total") == 3
            assert value_of(two.text(), "rankd_range_builds_running") == 1
            assert sorted(directory.iterdir()) == files


def test_the_directory_is_private_and_goes_with_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/of/another/program")
    with metrics_directory() as directory:
        assert directory.stat().st_mode & 0o077 == 0
        assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(directory)
    assert not directory.exists()
    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == "/of/another/program"


def test_where_no_directory_can_be_made_the_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worker_metrics.tempfile, "mkdtemp", full)
    with pytest.raises(StartRefused, match=r"no space left on device.*TMPDIR"), metrics_directory():
        pass


# The service


@pytest.fixture(scope="module")
def store_url() -> Iterator[str]:
    with running_store("valkey") as store:
        yield store.url


def health_checks(rankd: RankdProcess, times: int = 20) -> None:
    """Each on a connection of its own, so that the kernel spreads them over the workers."""
    for _ in range(times):
        assert httpx2.get(f"{rankd.url}/healthz").status_code == 200


def scraped(rankd: RankdProcess) -> bytes:
    answer = httpx2.get(f"{rankd.url}/metrics")
    assert answer.status_code == 200
    return answer.content


def wait_for_health_checks(rankd: RankdProcess, count: int) -> None:
    def all_counted() -> bool:
        return value_of(scraped(rankd), "rankd_requests_total", **HEALTH) == count

    wait_until(all_counted, 10, f"a count of {count} health checks")


def test_one_process_shows_all_and_heeds_no_other_programs_directory(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/of/another/program")
    with running_rankd(tmp_path, store_url) as rankd:
        health_checks(rankd)
        wait_for_health_checks(rankd, 20)
        assert_shows_all_declared(scraped(rankd))
    assert rankd.output[-1].startswith("{")  # it stopped as it should


def workers_of(rankd: RankdProcess) -> dict[int, Path]:
    """Process ids of the workers, with their directory of metrics."""
    found = {}
    for pid in Path(f"/proc/{rankd.pid}/task/{rankd.pid}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            named = next(text for text in environment if text.startswith(b"PROMETHEUS_MULTIPROC_DIR="))
            found[int(pid)] = Path(named.partition(b"=")[2].decode())
    return found


def own_counts(directory: Path) -> list[float]:
    """What each worker itself has counted of health checks."""
    counts = []
    for file in directory.glob("counter_*.db"):
        kept = MmapedDict.read_all_values_from_file(str(file))
        counts.append(sum(value for key, value, *_ in kept if "rankd_requests_total" in key and "/healthz" in key))
    return counts


def inodes(directory: Path, pattern: str) -> dict[str, int]:
    return {file.name: file.stat().st_ino for file in directory.glob(pattern)}


def test_counts_of_two_workers_add_up_also_after_one_is_killed(store_url: str, tmp_path: Path) -> None:
    with running_rankd(tmp_path, store_url, "--workers", "2") as rankd:
        workers = workers_of(rankd)
        assert len(workers) == 2
        directory = next(iter(workers.values()))
        done = 0

        # given requests that both have answered
        def both_count() -> bool:
            nonlocal done
            health_checks(rankd)
            done += 20
            counts = own_counts(directory)
            return len(counts) == 2 and min(counts) > 0

        wait_until(both_count, 20, "requests to both workers")
        wait_for_health_checks(rankd, done)
        assert_shows_all_declared(scraped(rankd))
        assert sum(own_counts(directory)) == done

        # when one of them is killed
        counters, gauges = inodes(directory, "counter_*"), inodes(directory, "gauge_livesum_*")
        os.kill(next(iter(workers)), signal.SIGKILL)
        wait_until(lambda: any("worker_restarted" in line for line in rankd.output), 20, "its successor")

        # then nothing is lost, and the successor goes on
        wait_for_health_checks(rankd, done)
        health_checks(rankd)
        wait_for_health_checks(rankd, done + 20)
        assert inodes(directory, "counter_*") == counters
        assert len(set(inodes(directory, "gauge_livesum_*").items()) & set(gauges.items())) == 1
        for text in {scraped(rankd) for _ in range(10)}:
            assert_shows_all_declared(text)
    assert not directory.exists()


def test_workers_whose_parent_was_killed_leave_no_directory(store_url: str, tmp_path: Path) -> None:
    with running_rankd(tmp_path, store_url, "--workers", "2") as rankd:
        directory = next(iter(workers_of(rankd).values()))
        assert directory.exists()
        os.kill(rankd.pid, signal.SIGKILL)
        wait_until(lambda: not directory.exists(), 10, "the end of the directory")


@pytest.mark.parametrize("words", [["--help"], ["top", "b"], ["submit", "b", "ada", "1"], ["board", "list"]])
def test_client_commands_do_not_load_the_metrics_library(words: list[str]) -> None:
    where = [] if words == ["--help"] else ["--url", "http://127.0.0.1:9", "--key", "rk_x_y"]
    command = [sys.executable, "-X", "importtime", "-m", "rankd", *words, *where]
    loaded = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stderr
    assert "rankd.cli" in loaded
    assert "prometheus_client" not in loaded
