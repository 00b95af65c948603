"""One run: opens a board of its own, measures the rounds, reports, drops the board, however the run ends."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from itertools import cycle
from typing import Any

import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from rankd.bench import report
from rankd.bench.controls import BARE, Controls
from rankd.bench.driver import drive
from rankd.bench.figures import BenchFailed, Measurement, Sample
from rankd.bench.loading import load
from rankd.bench.plan import Plan
from rankd.bench.server import Server
from rankd.bench.target import Target
from rankd.bench.workloads import BATCH_ROWS, Workload, first_scores, members, workloads

_OK, _ERRORS_MET, _FAILED, _INTERRUPTED = 0, 1, 2, 130


Slice = Callable[[], Sample]


def run(  # noqa: PLR0913  the options of the command, one for one
    url: str,
    key: str,
    *,
    concurrency: int = 64,
    seconds: float = 5.0,
    entries: int = 10_000,
    json_path: str | None = None,
    controls: bool = True,
    rounds: int = 5,
    warmup_s: float = 0.3,
) -> int:
    """Measures the rankd at `url`, prints a table, writes a JSON document if asked ("-": to standard output).

    Exit codes: 0 all answered well, also if a target is missed; 1 some requests were answered with errors;
    2 nothing could be measured; 130 stopped by the user, the figures of the complete rounds printed.
    """
    errors = Console(stderr=True, highlight=False)
    try:
        report.require_writable(json_path)
        plan = Plan(concurrency, seconds, entries, rounds, warmup_s, controls)
        session = Session(Target.at(url, key), plan, errors)
        with _stops_like_ctrl_c():
            outcome = session.measure()
    except BenchFailed as failure:
        errors.print(f"[red]bench:[/red] {failure}", soft_wrap=True, markup=True)
        return _FAILED
    except KeyboardInterrupt:
        errors.print("bench: stopped before a round was complete; the board is dropped")
        return _INTERRUPTED
    console = errors if json_path == "-" else Console(highlight=False)
    report.show(console, outcome)
    report.write_json(json_path, outcome)
    if not outcome["finished"]:
        return _INTERRUPTED
    return _ERRORS_MET if any(measured["errors"] for measured in outcome["measurements"]) else _OK


class Session:
    """The parts of one run and what they have measured so far."""

    def __init__(self, target: Target, plan: Plan, progress: Console) -> None:
        self.target = target
        self.plan = plan
        self._console = progress
        self._measurements: list[Measurement] = []
        self._slices: list[Slice] = []

    def measure(self) -> dict[str, Any]:
        """Runs all rounds and gives the document; a stop after the first round gives what is complete."""
        with ExitStack() as stack:
            runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
            server = stack.enter_context(Server(self.target))
            facts = server.facts()
            ids = members(self.plan.entries, self.plan.seed)
            controls = self._controls(stack, ids)
            bar = stack.enter_context(_progress(self._console))
            board = server.make_board()
            stack.callback(self._drop, server, board)
            self._load(runner, board, ids, bar)
            self._prepare(runner, server, board, ids, controls)
            finished = self._rounds(bar)
            store = controls.store() if controls else None
        asked = {
            "url": self.target.url,
            "server": facts,
            "control_store": store,
            "settings": asdict(self.plan),
        }
        return report.document(asked, self._measurements, finished=finished)

    def _drop(self, server: Server, board: str) -> None:
        try:
            server.drop_board(board)
        except BenchFailed as failure:
            self._console.print(f"bench: the board {board} is left behind: {failure}", soft_wrap=True)

    def _controls(self, stack: ExitStack, ids: list[str]) -> Controls | None:
        if not self.plan.controls:
            return None
        with self._console.status("starting the controls"):
            return stack.enter_context(Controls(ids, self.plan.seed, self.plan.concurrency))

    def _load(self, runner: asyncio.Runner, board: str, ids: list[str], bar: Progress) -> None:
        step = bar.add_task(f"loading {len(ids):,} entries", total=len(ids))
        source = first_scores(ids, self.plan.seed)
        load(runner, self.target, board, source, lambda count: bar.advance(step, count))

    def _prepare(
        self, runner: asyncio.Runner, server: Server, board: str, ids: list[str], controls: Controls | None
    ) -> None:
        """Lines up the slices of a round: each workload, and right behind it its control."""
        naive = controls.naive() if controls else None
        for workload in workloads(self.target, board, ids, self.plan.seed, self.plan.concurrency):
            server.check(workload.requests[0])
            self._add(workload, self._http_slice(runner, self.target, workload))
            if controls and naive and workload.control == naive.name:
                self._add(naive, self._http_slice(runner, controls.target, naive), control=True)
            elif controls and workload.control == BARE:
                bare = Workload(BARE, (), 1, BATCH_ROWS)
                self._add(bare, self._bare_slice(controls), control=True)

    def _add(self, workload: Workload, sliced: Slice, *, control: bool = False) -> None:
        self._measurements.append(
            Measurement(
                workload.name,
                control,
                workload.concurrency,
                workload.rows_per_request,
                [],
                workload.control,
            )
        )
        self._slices.append(sliced)

    def _http_slice(self, runner: asyncio.Runner, target: Target, workload: Workload) -> Slice:
        requests, pace = cycle(workload.requests), self.plan.pace(workload.concurrency)

        def sliced() -> Sample:
            return runner.run(drive(target, requests, pace, counts_items=workload.rows_per_request > 1))

        return sliced

    def _bare_slice(self, controls: Controls) -> Slice:
        chunks = controls.bare()
        pace = self.plan.pace(1)
        return lambda: controls.bare_slice(chunks, pace)

    def _rounds(self, bar: Progress) -> bool:
        """True if all rounds were run; a stop inside a later round drops that round."""
        step = bar.add_task("measuring", total=self.plan.rounds * len(self._slices))
        for number in range(self.plan.rounds):
            samples = []
            try:
                for measurement, sliced in zip(self._measurements, self._slices, strict=True):
                    told = f"round {number + 1} of {self.plan.rounds}: {measurement.name}"
                    bar.update(step, description=told)
                    samples.append(sliced())
                    bar.advance(step)
            except KeyboardInterrupt:
                if number == 0:
                    raise
                return False
            for measurement, sample in zip(self._measurements, samples, strict=True):
                measurement.samples.append(sample)
        return True


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        yield bar


@contextmanager
def _stops_like_ctrl_c() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does, so that it too drops the board and stops the controls; both do so also where a
    shell has put the run into the background, which lets it ignore SIGINT."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    on_term = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    on_int = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, on_int)
        signal.signal(signal.SIGTERM, on_term)
