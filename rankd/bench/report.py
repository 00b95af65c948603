"""The outcome of a run: one JSON document, and the table and lines that people read."""

import datetime
import math
import os
import platform
import sys
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rankd.bench.figures import BenchFailed, Measurement, Ratio

SCHEMA = "rankd-bench/1"
TARGETS = {"submit / naive submit": 3.0, "batch submit / bare ZADD": 0.5}
"""What the median of a ratio has to reach, by its name."""

_SHARES = (0.50, 0.95, 0.99, 1.0)
_WIDTH = 110


def client_facts() -> dict[str, Any]:
    """Where the driver runs."""
    return {"python": platform.python_version(), "platform": platform.platform(), "cpus": os.cpu_count()}


def measurement_facts(measured: Measurement) -> dict[str, Any]:
    p50, p95, p99, highest = (_finite(value) for value in measured.percentiles_ms(*_SHARES))
    return {
        "name": measured.name,
        "control": measured.control,
        "concurrency": measured.concurrency,
        "rows_per_request": measured.rows_per_request,
        "requests": measured.requests,
        "requests_per_s": round(measured.throughput / measured.rows_per_request, 1),
        "rows_per_s": round(measured.throughput, 1),
        "rounds_rows_per_s": [round(value, 1) for value in measured.rounds],
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "max_ms": highest,
        "errors": dict(sorted(measured.errors.items())),
        "driver_share": round(measured.driver_share, 3),
        "driver_us": round(measured.driver_us, 1),
    }


def ratio_facts(ratio: Ratio) -> dict[str, Any]:
    target = TARGETS.get(ratio.name)
    return {
        "name": ratio.name,
        "median": _finite(ratio.median),
        "rounds": [_finite(v) for v in ratio.rounds],
        "target": target,
        "kept": None if target is None else ratio.median >= target,
    }


def document(run: dict[str, Any], measurements: list[Measurement], *, finished: bool) -> dict[str, Any]:
    """Everything of a run, of which `run` says what was asked for and of whom.

    benchmarks/README.md says what each name means.
    """
    ratios = [Ratio.of(*pair) for pair in compared(measurements)]
    return {
        "schema": SCHEMA,
        "finished_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "finished": finished,
        **run,
        "client": client_facts(),
        "measurements": [measurement_facts(measured) for measured in measurements],
        "ratios": [ratio_facts(ratio) for ratio in ratios],
    }


def compared(measurements: list[Measurement]) -> list[tuple[Measurement, Measurement]]:
    """The workloads that were measured with a control, each with it."""
    controls = {measured.name: measured for measured in measurements if measured.control}
    pairs = [(measured, controls.get(measured.control_name or "")) for measured in measurements]
    return [(measured, control) for measured, control in pairs if control is not None]


def show(console: Console, outcome: dict[str, Any]) -> None:
    """Prints the table, the ratios and what they were measured on."""
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)
    console.print(_table(outcome["measurements"]))
    if outcome["ratios"]:
        console.print(_ratio_table(outcome["ratios"]))
    client, settings = outcome["client"], outcome["settings"]
    console.print(f"server   {escape(_server_line(outcome['server']))} at {escape(outcome['url'])}")
    if outcome["control_store"]:
        console.print(f"controls {outcome['control_store']}, AOF everysec, unix socket, in the same rounds")
    console.print(f"client   Python {client['python']}, {client['cpus']} cores, {client['platform']}")
    console.print(
        f"method   {settings['entries']:,} entries, closed loop, {settings['rounds']} rounds, "
        f"{settings['seconds']:g} s a workload; medians of the rounds"
    )
    if not outcome["finished"]:
        console.print("[yellow]stopped early: figures of the rounds that were complete[/yellow]")


def _table(measurements: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("workload", no_wrap=True)
    for name in ("in flight", "requests/s", "rows/s", "p50 ms", "p95 ms", "p99 ms", "driver CPU", "errors"):
        table.add_column(name, justify="right", no_wrap=True)
    for facts in measurements:
        table.add_row(
            f"  {facts['name']}" if facts["control"] else facts["name"],
            f"{facts['concurrency']}",
            f"{facts['requests_per_s']:,.0f}",
            f"{facts['rows_per_s']:,.0f}",
            *(_ms(facts[name]) for name in ("p50_ms", "p95_ms", "p99_ms")),
            f"{facts['driver_share']:.0%}",
            _errors(facts["errors"]),
            style="dim" if facts["control"] else None,
        )
    return table


def _ratio_table(ratios: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("ratio", no_wrap=True)
    for name in ("median", "lowest", "highest", "at least", ""):
        table.add_column(name, justify="right", no_wrap=True)
    for facts in ratios:
        known = [value for value in facts["rounds"] if value is not None] or [math.nan]
        values = (facts["median"], min(known), max(known))
        shown = ["-" if value is None else f"{value:.2f}" for value in values]
        table.add_row(facts["name"], *shown, *_verdict(facts))
    return table


def _verdict(facts: dict[str, Any]) -> tuple[str, str]:
    if facts["target"] is None:
        return "", ""
    return f"{facts['target']:g}", "kept" if facts["kept"] else "[red]missed[/red]"


def _server_line(server: dict[str, Any]) -> str:
    parts = [f"rankd {server.get('version', '?')}"]
    for name in ("store", "python", "durability"):
        value = server.get(name)
        if isinstance(value, dict):
            value = " ".join(str(part) for part in value.values() if isinstance(part, str | int | float))
        if value:
            parts.append(f"{name} {value}")
    return ", ".join(parts)


def _errors(errors: dict[str, int]) -> str:
    return ", ".join(f"{name} x{count:,}" for name, count in errors.items()) or "0"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _finite(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def require_writable(json_path: str | None) -> None:
    """Says at once, not after the run, that the JSON file cannot be written."""
    if json_path and json_path != "-" and not Path(json_path).absolute().parent.is_dir():
        raise BenchFailed(f"There is no directory for {json_path}; make it first.")


def write_json(json_path: str | None, outcome: dict[str, Any]) -> None:
    """Writes the document to a file, or to standard output for `-`."""
    text = orjson.dumps(outcome, option=orjson.OPT_INDENT_2) + b"\n"
    if json_path == "-":
        sys.stdout.write(text.decode())
    elif json_path:
        Path(json_path).write_bytes(text)
