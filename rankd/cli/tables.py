"""Aligned tables of untrusted cells: widths are counted in terminal cells, not in characters.

A piped table is never cut. On a terminal too narrow for it the widest elastic column gives way first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from rankd.cli.texts import clean, isolated

GAP = "  "
NARROWEST = 8


@dataclass(frozen=True)
class Column:
    """A heading; `right` aligns numbers, `elastic` may be shortened on a narrow terminal."""

    title: str
    right: bool = False
    elastic: bool = False


def _shorten(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def _fit(widths: list[int], columns: Sequence[Column], room: int) -> list[int]:
    """Narrow elastic columns, the widest first, until a line fits in `room` cells."""
    elastic = [i for i, column in enumerate(columns) if column.elastic]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - room
    while excess > 0 and elastic:
        widest = max(elastic, key=lambda i: widths[i])
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
        excess -= 1
    return widths


def _pad(text: str, width: int, right: bool, terminal: bool) -> str:
    filling = " " * (width - cell_len(text))
    shown = isolated(text) if terminal else text
    return filling + shown if right else shown + filling


def lines(columns: Sequence[Column], rows: Sequence[Sequence[object]], room: int | None = None) -> list[str]:
    """The heading and one line a row. `room`: the terminal's width in cells, None when it is not one."""
    cells = [[column.title for column in columns]]
    cells += [["" if value is None else clean(value) for value in row] for row in rows]
    widths = [max(cell_len(row[i]) for row in cells) for i in range(len(columns))]
    if room is not None:
        widths = _fit(widths, columns, room)
    return [
        GAP.join(
            _pad(_shorten(text, width), width, column.right, room is not None)
            for text, width, column in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in cells
    ]
