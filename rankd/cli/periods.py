"""`rankd board periods`: the windows of a board that can be read, with what was played in each."""

from collections.abc import Sequence
from typing import Any

import typer

from rankd.cli.boards import Board
from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.output import Output
from rankd.cli.tables import Column
from rankd.cli.times import now, read_instant, utc_text

COLUMNS = (
    Column("TYPE"),
    Column("PERIOD"),
    Column("STARTS (UTC)"),
    Column("ENDS (UTC)"),
    Column("TOTAL", right=True),
    Column("STATE"),
)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    client_command(app, "periods")(periods)


def periods(client: Client, out: Output, board: Board) -> None:
    """List the periods of a board that can be read: running ones and those kept.

    Each PERIOD can be given to --period of top, rank and around. Those of an
    early reset end in ~1, ~2 and so on.

    Examples:

      rankd board periods arcade
      rankd board periods arcade --json
      rankd top arcade --period 2026-W46
    """
    answer = client.get(path("boards", board, "periods"), wants=("periods",))
    listed: Sequence[dict[str, Any]] = answer["periods"]
    seen: set[object] = set()
    rows = []
    for period in listed:
        rows.append(
            (
                period.get("type"),
                period.get("id"),
                _when(period.get("starts_at")),
                _when(period.get("ends_at")),
                period.get("total"),
                _state(period, period.get("type") in seen),
            )
        )
        seen.add(period.get("type"))
    out.table(answer, COLUMNS, rows)


def _when(text: object) -> str:
    found = read_instant(text)
    return utc_text(found) if found else "" if text is None else str(text)


def _state(period: dict[str, Any], follows: bool) -> str:
    """The first of a type is the running one, unless it is a season that is over; what is over and not closed
    takes late scores still."""
    if "~" in str(period.get("id")):
        return "archived"
    if period.get("closed"):
        return "closed"
    starts = read_instant(period.get("starts_at"))
    if starts and starts > now():
        return "not started"
    ends = read_instant(period.get("ends_at"))
    return "closing" if follows or (ends and ends <= now()) else "running"
