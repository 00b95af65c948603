"""`python -m benchmarks [QUESTION] [options]`: asks one question; without one, what `rankd bench` asks."""

import argparse
import sys
from functools import partial

from benchmarks import arcade, export, fields, figures, memory, periods, ranges, rank_scaling, rollover, slowlog, submit
from rankd.bench import run
from rankd.bench.figures import BenchFailed

_QUESTIONS = {
    "arcade": arcade.measure,
    "export": export.measure,
    "fields": fields.measure,
    "memory": memory.measure,
    "periods": periods.measure,
    "ranges": ranges.measure,
    "rank_scaling": rank_scaling.measure,
    "rollover": rollover.measure,
    "slowlog": slowlog.measure,
}


def main() -> int:
    """Exit code 0: measured; 1: requests refused, or (but for submit) a target missed; 2: not measured."""
    asked = _parser().parse_args()
    try:
        if asked.question == "submit":
            return _submit(asked)
        measure = _QUESTIONS[asked.question]
        found = measure(asked.entries) if asked.entries else measure()
    except BenchFailed as failure:
        sys.stderr.write(f"benchmarks: {failure}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("benchmarks: stopped\n")
        return 130
    return figures.show(asked.question, found, asked.json)


def _submit(asked: argparse.Namespace) -> int:
    measured = partial(
        run,
        concurrency=asked.concurrency,
        seconds=asked.seconds,
        rounds=asked.rounds,
        entries=asked.entries or 10_000,
        json_path=asked.json,
        controls=asked.controls,
    )
    return submit.measure(measured, asked.url, asked.key)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "question", nargs="?", default="submit", choices=["submit", *_QUESTIONS], help="default: submit"
    )
    parser.add_argument("--entries", type=int, help="entries of the board (each question has its default)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too; - is standard output")
    only = parser.add_argument_group("submit only")
    only.add_argument("--url", help="a running rankd; without it one is started for the run")
    only.add_argument("--key", default="", help="its key")
    only.add_argument("--concurrency", type=int, default=64, help="requests in flight (default 64)")
    only.add_argument("--seconds", type=float, default=5.0, help="counted seconds a workload (default 5)")
    only.add_argument("--rounds", type=int, default=5, help="rounds they are spread over (default 5)")
    only.add_argument("--no-controls", dest="controls", action="store_false", help="measure rankd alone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
