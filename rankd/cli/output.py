"""What commands print: JSON or tables to stdout, notes and failures to stderr, colours on a terminal only."""

import json
import shutil
import sys
from collections.abc import Sequence
from typing import IO, Any

import typer

from rankd.cli.tables import Column, lines
from rankd.cli.texts import as_json, clean

ABSENT: tuple[object, ...] = (None, "", {}, [])


def write(text: str, style: str = "", stream: IO[str] | None = None) -> None:
    """One line, already cleaned. Styled on a terminal (rich honours NO_COLOR), plain elsewhere."""
    stream = sys.stdout if stream is None else stream
    if not (style and stream.isatty()):
        typer.echo(text, file=stream)
        return
    from rich.console import Console  # noqa: PLC0415 - 50 ms that a pipe need not pay
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=stream, highlight=False)
    # NO_COLOR alone would leave bold and dim in rich's hands.
    console.print(Text(text, style="" if console.no_color else style), soft_wrap=True)


def note(text: str) -> None:
    """A remark for the person in front: to stderr, so that it never mixes with the answer."""
    write(clean(text), "dim", sys.stderr)


def failure(what: str, facts: Sequence[tuple[str, str]]) -> None:
    """What happened, then labelled lines: where, why, what to do next."""
    write(f"rankd: {clean(what)}", "bold red", sys.stderr)
    for label, text in facts:
        for i, line in enumerate(text.splitlines()):
            write(f"  {label if i == 0 else '':<6}{clean(line)}", "", sys.stderr)


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


class Output:
    """The answer of one command, as JSON where asked and as text else."""

    def __init__(self, machine: bool) -> None:
        self.machine = machine

    def document(self, document: Any) -> None:
        """The whole answer of the server, as it came."""
        typer.echo(as_json(document))

    def table(
        self, document: Any, columns: Sequence[Column], rows: Sequence[Sequence[object]], empty: str = ""
    ) -> None:
        """`document` for machines, the table for people, and a remark if it is `empty`."""
        if self.machine:
            self.document(document)
            return
        room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        for i, line in enumerate(lines(columns, rows, room)):
            write(line, "" if i else "bold")
        if empty and not rows:
            note(empty)

    def fields(self, document: Any, fields: Sequence[tuple[str, object]]) -> None:
        """`document` for machines, `name  value` lines for people; absent values are left out."""
        if self.machine:
            self.document(document)
            return
        shown = [(name, clean(_plain(value))) for name, value in fields if value not in ABSENT]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            write(f"{name:<{width}}  {value}")

    def done(self, document: Any, text: str) -> None:
        """A success without an answer worth a table."""
        if self.machine:
            self.document(document)
        else:
            write(clean(text))
