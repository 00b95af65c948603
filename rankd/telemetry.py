"""What rankd tells its operators: logs, and metrics, all declared here with their help text.

Logs are JSON lines on standard error, so that no name in them can forge a line. Keys and scores never go in.

Metrics are set where the thing happens and read at `/metrics`. Several workers keep theirs in files of a directory
that their parent made (`serving/worker_metrics`), each in its own, and whichever is asked answers for all. A gauge
therefore says how the workers' values become one; `live` ones end with their worker.
"""

import logging
import sys
from collections.abc import Sequence
from multiprocessing import current_process
from pathlib import Path

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

# A worker's place among its siblings, not its process id: who replaces a dead worker goes on with its counters, so
# they never fall and files never pile up. The library splits file names at underscores, so there is none in it.
WORKER_PREFIX = "rankd-worker-"
_NAME = current_process().name
_IN_WORKER = _NAME.startswith(WORKER_PREFIX)
# Decided here, so that a variable left over from another program changes nothing.
values.ValueClass = values.MultiProcessValue(lambda: _NAME) if _IN_WORKER else values.MutexValue
disable_created_metrics()
_DECLARED = CollectorRegistry()


class TalliedHistogram(Histogram):
    """A histogram that also takes observations counted elsewhere."""

    def add(self, counts: Sequence[int], total: float) -> None:
        """`counts`: observations a bucket, each counted once, the one without a bound last. `total`: their sum."""
        self._sum.inc(total)
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)


REQUEST_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
LAG_BOUNDS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 3600.0)
BUILD_BOUNDS_S = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)

REQUESTS = Counter(
    "rankd_requests_total",
    "Requests answered, by route, method and status; half a second late",
    ["route", "method", "status"],
    registry=_DECLARED,
)
REQUEST_SECONDS = TalliedHistogram(
    "rankd_request_seconds",
    "Time from a request's head to the end of its answer, in this process",
    ["route"],
    buckets=REQUEST_BOUNDS_S,
    registry=_DECLARED,
)
STORE_CALLS = Counter(
    "rankd_store_calls_total", "Scripts and commands sent to the store, repeats included", registry=_DECLARED
)
STORE_RECONNECTS = Counter(
    "rankd_store_reconnects_total", "Connections to the store made in the place of a lost one", registry=_DECLARED
)
STORE_CLOCK_OFFSET_SECONDS = Gauge(
    "rankd_store_clock_offset_seconds",
    "The store's clock minus that of rankd, as last measured",
    multiprocess_mode="livemostrecent",
    registry=_DECLARED,
)
PERIODS_CLOSED = Counter("rankd_periods_closed_total", "Periods closed by this rankd", registry=_DECLARED)
ROLLOVER_LAG_SECONDS = Histogram(
    "rankd_rollover_lag_seconds",
    "How long after it was due, at its end plus late_s, a period was closed",
    buckets=LAG_BOUNDS_S,
    registry=_DECLARED,
)
ROLLOVERS_DUE = Gauge(
    "rankd_rollovers_due",
    "Boards claimed for closing their periods and not done yet",
    multiprocess_mode="livesum",
    registry=_DECLARED,
)
RANGE_BUILDS_RUNNING = Gauge(
    "rankd_range_builds_running",
    "Computations of a span of days under way",
    multiprocess_mode="livesum",
    registry=_DECLARED,
)
RANGE_RECORDS_TO_READ = Gauge(
    "rankd_range_records_to_read",
    "Records that the computations under way have to read",
    multiprocess_mode="livesum",
    registry=_DECLARED,
)
RANGE_RECORDS_READ = Gauge(
    "rankd_range_records_read",
    "Records that the computations under way have read so far",
    multiprocess_mode="livesum",
    registry=_DECLARED,
)
RANGE_BUILDS = Counter(
    "rankd_range_builds_total",
    "Computations of a span of days that ended, by outcome: done or failed",
    ["outcome"],
    registry=_DECLARED,
)
RANGE_BUILD_SECONDS = Histogram(
    "rankd_range_build_seconds",
    "Time that the computation of a span of days took",
    buckets=BUILD_BOUNDS_S,
    registry=_DECLARED,
)
for _outcome in ("done", "failed"):  # shown from the start, so that the first one is seen as a rise
    RANGE_BUILDS.labels(_outcome)


class _AllWorkers(MultiProcessCollector):
    """What all workers wrote, as declared: also what none has touched yet, and always in the same order."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[no-untyped-call] # the directory that the environment names

    def collect(self) -> list[Metric]:
        # A worker that is just starting has made a file before there is anything in it.
        files = [str(file) for file in Path(self._path).glob("*.db") if _size_bytes(file)]
        found = {metric.name: metric for metric in MultiProcessCollector.merge(files)}
        return [found.get(metric.name, metric) for metric in _DECLARED.collect()]


def _size_bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # its worker has ended
        return 0


_EXPOSED = _AllWorkers() if _IN_WORKER else _DECLARED


def exposition() -> bytes:
    """Every metric in Prometheus' text format, version 0.0.4. Takes milliseconds, tens of them with many workers."""
    return generate_latest(_EXPOSED)


def configure_logs() -> None:
    """To be called once a process, before anything is logged. What libraries log becomes JSON lines as well."""
    stamps: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*stamps, *render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(sys.stderr)
    clean = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    lines.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[clean, *render], foreign_pre_chain=stamps))
    logging.basicConfig(handlers=[lines], level=logging.WARNING, force=True)
