"""Numbers made of samples: percentiles, medians of rounds, ratios. Pure; no I/O."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


class BenchFailed(Exception):
    """The measurement cannot go on. The text says why and what to do next."""


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0-1) of the ascending values do not exceed; NaN of none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(slots=True)
class Sample:
    """What one slice of one workload gave.

    `latencies_s` holds one value a request answered well within the slice. `errors` counts requests by HTTP
    status, or `connection`, `timeout`, `unreadable`; `refused_rows` the refused items of accepted arrays.
    """

    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    refused_rows: int = 0

    @property
    def requests_per_s(self) -> float:
        return len(self.latencies_s) / self.elapsed_s if self.elapsed_s else 0.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """One workload or control over all rounds."""

    name: str
    control: bool
    concurrency: int
    rows_per_request: int
    samples: list[Sample]
    control_name: str | None = None

    @property
    def rounds(self) -> list[float]:
        """Rows a second of each round; a request that carries no array is one row."""
        return [sample.requests_per_s * self.rows_per_request for sample in self.samples]

    @property
    def throughput(self) -> float:
        """The median round, in rows a second."""
        return median(self.rounds) if self.samples else 0.0

    @property
    def requests(self) -> int:
        return sum(len(sample.latencies_s) for sample in self.samples)

    @property
    def errors(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for sample in self.samples:
            found.update(sample.errors)
            if sample.refused_rows:
                found["refused_rows"] += sample.refused_rows
        return found

    @property
    def driver_share(self) -> float:
        """Share of one core that this process spent on the workload."""
        elapsed_s = sum(sample.elapsed_s for sample in self.samples)
        return sum(sample.cpu_s for sample in self.samples) / elapsed_s if elapsed_s else 0.0

    @property
    def driver_us(self) -> float:
        """CPU time of this process a request, in microseconds."""
        return sum(sample.cpu_s for sample in self.samples) * 1e6 / self.requests if self.requests else 0.0

    def percentiles_ms(self, *shares: float) -> list[float]:
        """Latency over the requests of all rounds together."""
        ordered = sorted(value for sample in self.samples for value in sample.latencies_s)
        return [percentile(ordered, share) * 1000 for share in shares]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the control a workload is: the ratio of each round, and their median."""

    name: str
    rounds: list[float]

    @property
    def median(self) -> float:
        return median(self.rounds) if self.rounds else math.nan

    @classmethod
    def of(cls, workload: Measurement, control: Measurement) -> "Ratio":
        """Pairs the rounds, so that noise which lasts longer than a round falls on both sides."""
        pairs = zip(workload.rounds, control.rounds, strict=True)
        return cls(f"{workload.name} / {control.name}", [left / right for left, right in pairs if right])
