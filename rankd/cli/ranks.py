"""`rankd top`, `rank` and `around`: who stands where."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from rankd.cli.boards import Board
from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.output import Output, note
from rankd.cli.reading_options import READING_PARAMETERS, asked_of, read, time_of
from rankd.cli.submissions import Member
from rankd.cli.tables import Column

PAGE = ("entries", "total")

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many entries.")]
Offset = Annotated[int, typer.Option(min=0, help="Entries to pass over first.")]
Size = Annotated[int, typer.Option(min=1, max=1000, help="How many entries, the member's own included.")]


def register(app: typer.Typer, panel: str) -> None:
    """Adds the commands."""
    for name, command in (("top", top), ("rank", rank), ("around", around)):
        client_command(app, name, READING_PARAMETERS, rich_help_panel=panel)(command)


def top(client: Client, out: Output, board: Board, limit: Limit = 10, offset: Offset = 0, **time: Any) -> None:
    """Show the best entries of a board.

    Entries that share a rank show the same one, as the board's rank style has it.

    Examples:

      rankd top arcade
      rankd top arcade --limit 100 --json
      rankd top arcade --limit 20 --offset 20
      rankd top arcade --period weekly:-1
      rankd top arcade --from 2026-11-01 --to 2026-11-07 --aggregate sum
      rankd top imo --url https://scores.example.org --key "$KEY"
    """
    asked = asked_of(time)
    page = read(client, out, path("boards", board, "entries"), {"limit": limit, "offset": offset, **asked}, PAGE)
    show_page(out, page, time_of(page, asked))


def rank(client: Client, out: Output, board: Board, member: Member, **time: Any) -> None:
    """Show where one member stands, and how it moved since the period before.

    Examples:

      rankd rank arcade ada
      rankd rank arcade ada --json
      rankd rank arcade ada --period weekly
    """
    asked = asked_of(time)
    entry = read(client, out, path("boards", board, "entries", member), asked, ("member", "rank", "total"))
    out.fields(
        entry,
        [
            ("member", entry.get("member")),
            ("rank", f"{entry.get('rank')} of {entry.get('total')}"),
            ("movement", _movement(entry.get("movement"))),
            ("percentile", entry.get("percentile")),
            ("score", entry.get("score")),
            *((f"  {name}", value) for name, value in (entry.get("subscores") or {}).items()),
            ("period", time_of(entry, asked)),
            ("updated_at", entry.get("updated_at")),
        ],
    )


def around(client: Client, out: Output, board: Board, member: Member, size: Size = 11, **time: Any) -> None:
    """Show a member and its neighbours.

    Examples:

      rankd around arcade ada
      rankd around arcade ada --size 5 --json
      rankd around arcade ada --period 2026-11-21
    """
    asked = asked_of(time)
    where = path("boards", board, "entries", member, "around")
    page = read(client, out, where, {"size": size, **asked}, PAGE)
    show_page(out, page, time_of(page, asked), member)


def show_page(out: Output, page: dict[str, Any], time: str = "", marked: str | None = None) -> None:
    """A page as a table: a column a subscore, and a mark at one member; under it what `time` it is of."""
    entries: Sequence[dict[str, Any]] = page["entries"]
    names = list(dict.fromkeys(name for entry in entries for name in entry.get("subscores") or {}))
    columns = [Column("RANK", right=True), Column("SCORE", right=True)]
    if marked is not None:
        columns.insert(0, Column(""))
    columns += [Column(name.upper(), right=True) for name in names]
    columns.append(Column("MEMBER", elastic=True))
    rows = [_row(entry, names, marked) for entry in entries]
    out.table(page, columns, rows)
    if not out.machine:
        note(f"{len(entries)} of {page['total']} entries" + (f"; {time}" if time else ""))


def _movement(movement: dict[str, Any] | None) -> str:
    """`+3 since 2026-W46, from rank 6; score +120 from 700`: climbing is positive."""
    if not movement:
        return ""
    since = f"since {movement.get('period')}, from rank {movement.get('rank')}"
    return f"{_signed(movement.get('rank_change'))} {since}; score {_signed(movement.get('score_change'))}"


def _signed(change: Any) -> str:
    """A change of a number or of text that is one; none is `+0`."""
    return f"{int(change):+}" if re.fullmatch(r"-?[0-9]+", str(change)) else "?"


def _row(entry: dict[str, Any], names: Sequence[str], marked: str | None) -> list[object]:
    subscores = entry.get("subscores") or {}
    mark = [] if marked is None else [">" if entry["member"] == marked else ""]
    return [*mark, entry["rank"], entry["score"], *(subscores.get(name) for name in names), entry["member"]]
