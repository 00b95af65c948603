"""What a question answers: figures, some with a target, printed as a table and written as JSON."""

import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from rankd.bench.report import client_facts

_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `limit` is the most that it may be."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit


def show(question: str, figures: list[Figure], json_path: str | None) -> int:
    """Prints the figures, writes them if asked, and gives the exit code: 1 if a target is missed."""
    kept = all(figure.kept for figure in figures)
    console = Console(stderr=json_path == "-", highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)
    console.print(_table(question, figures))
    told = {
        "question": question,
        "client": client_facts(),
        "figures": [asdict(figure) | {"kept": figure.kept} for figure in figures],
        "kept": kept,
    }
    text = orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n"
    if json_path == "-":
        sys.stdout.write(text)
    elif json_path:
        Path(json_path).write_text(text)
    return 0 if kept else 1


def _table(question: str, figures: list[Figure]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(question, no_wrap=True)
    for name in ("value", "unit", "at most", ""):
        table.add_column(name, justify="left" if name == "unit" else "right", no_wrap=True)
    for figure in figures:
        limit = "" if figure.limit is None else _number(figure.limit)
        verdict = "" if figure.limit is None else ("kept" if figure.kept else "[red]missed[/red]")
        table.add_row(figure.name, _number(figure.value), figure.unit, limit, verdict)
    return table


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
