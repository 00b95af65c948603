"""What a run does: its sizes and times, and their bounds."""

from dataclasses import dataclass

from rankd.bench.driver import Pace
from rankd.bench.figures import BenchFailed

_BOUNDS: dict[str, tuple[float, float]] = {
    "concurrency": (1, 4096),
    "seconds": (0.05, 600),
    "entries": (1, 5_000_000),
    "rounds": (1, 100),
    "warmup_s": (0, 60),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a run. `seconds` are counted ones, a workload, over all rounds together."""

    concurrency: int = 64
    seconds: float = 5.0
    entries: int = 10_000
    rounds: int = 5
    warmup_s: float = 0.3
    controls: bool = True
    seed: int = 20_261_121

    def __post_init__(self) -> None:
        for name, (lowest, highest) in _BOUNDS.items():
            if not lowest <= getattr(self, name) <= highest:
                raise BenchFailed(f"{name} must be between {lowest:g} and {highest:g}.")

    def pace(self, concurrency: int) -> Pace:
        """Of one slice: one workload in one round."""
        return Pace(concurrency, self.seconds / self.rounds, self.warmup_s)
