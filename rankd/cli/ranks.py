"""`rankd top`, `rank` and `around`: who stands where."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from rankd.cli.boards import Board
from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.output import Output, note
from rankd.cli.submissions import Member
from rankd.cli.tables import Column

PAGE = ("entries", "total")

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many entries.")]
Offset = Annotated[int, typer.Option(min=0, help="Entries to pass over first.")]
Size = Annotated[int, typer.Option(min=1, max=1000, help="How many entries, the member's own included.")]


def register(app: typer.Typer, panel: str) -> None:
    """Adds the commands."""
    client_command(app, "top", rich_help_panel=panel)(top)
    client_command(app, "rank", rich_help_panel=panel)(rank)
    client_command(app, "around", rich_help_panel=panel)(around)


def top(client: Client, out: Output, board: Board, limit: Limit = 10, offset: Offset = 0) -> None:
    """Show the best entries of a board.

    Entries that share a rank show the same one, as the board's rank style has it.

    Examples:

      rankd top arcade
      rankd top arcade --limit 100 --json
      rankd top arcade --limit 20 --offset 20
      rankd top imo --url https://scores.example.org --key "$KEY"
    """
    page = client.get(path("boards", board, "entries"), {"limit": limit, "offset": offset}, PAGE)
    show_page(out, page)


def rank(client: Client, out: Output, board: Board, member: Member) -> None:
    """Show where one member stands.

    Examples:

      rankd rank arcade ada
      rankd rank arcade ada --json
    """
    entry = client.get(path("boards", board, "entries", member), wants=("member", "rank", "total"))
    percentile = entry.get("percentile")
    out.fields(
        entry,
        [
            ("member", entry.get("member")),
            ("rank", f"{entry.get('rank')} of {entry.get('total')}"),
            ("percentile", percentile),
            ("score", entry.get("score")),
            *((f"  {name}", value) for name, value in (entry.get("subscores") or {}).items()),
            ("updated_at", entry.get("updated_at")),
        ],
    )


def around(client: Client, out: Output, board: Board, member: Member, size: Size = 11) -> None:
    """Show a member and its neighbours.

    Examples:

      rankd around arcade ada
      rankd around arcade ada --size 5 --json
    """
    where = path("boards", board, "entries", member, "around")
    show_page(out, client.get(where, {"size": size}, PAGE), member)


def show_page(out: Output, page: dict[str, Any], marked: str | None = None) -> None:
    """A page as a table: a column a subscore, and a mark at one member."""
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
        note(f"{len(entries)} of {page['total']} entries")


def _row(entry: dict[str, Any], names: Sequence[str], marked: str | None) -> list[object]:
    subscores = entry.get("subscores") or {}
    mark = [] if marked is None else [">" if entry["member"] == marked else ""]
    return [*mark, entry["rank"], entry["score"], *(subscores.get(name) for name in names), entry["member"]]
