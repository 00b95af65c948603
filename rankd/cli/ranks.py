"""`rankd top`, `rank` and `around`: who stands where."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from rankd.cli.boards import Board
from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.decimals import decimal_text, decimals_of
from rankd.cli.field_cells import are_numbers, field_cell, field_texts
from rankd.cli.output import Output, note
from rankd.cli.reading_options import READING_PARAMETERS, asked_of, read, time_of
from rankd.cli.submissions import Member
from rankd.cli.tables import Column

PAGE = ("entries", "total")

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many entries.")]
Offset = Annotated[int, typer.Option(min=0, help="Entries to pass over first.")]
Sort = Annotated[
    str | None,
    typer.Option(
        metavar="[-]FIELD", show_default=False, help="By a field's value, the smallest first; -FIELD: the greatest."
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", metavar="FIELD:VALUE", show_default=False, help="Only entries with this value; repeat it."
    ),
]
EntryId = Annotated[
    int | None,
    typer.Option(
        "--entry-id", min=0, metavar="NUMBER", show_default=False, help="Of an arcade board: this entry, not the best."
    ),
]
Size = Annotated[int, typer.Option(min=1, max=1000, help="How many entries, the member's own included.")]


def register(app: typer.Typer, panel: str) -> None:
    """Adds the commands."""
    for name, command in (("top", top), ("rank", rank), ("around", around)):
        client_command(app, name, READING_PARAMETERS, rich_help_panel=panel)(command)


def top(  # noqa: PLR0913 - one parameter an option
    client: Client,
    out: Output,
    board: Board,
    *,
    limit: Limit = 10,
    offset: Offset = 0,
    sort: Sort = None,
    filter: Filters = None,
    **reading: Any,
) -> None:
    """Show the best entries of a board.

    Entries that share a rank show the same one, as the board's rank style has
    it. Declared fields stand beside them, and on an arcade board the entries'
    numbers; --filter member:ID lists one member's entries there.

    Examples:

      rankd top arcade
      rankd top arcade --limit 100 --json
      rankd top arcade --limit 20 --offset 20
      rankd top arcade --segment country:FR
      rankd top arcade --sort -time_ms --filter mods:none --filter hard:true
      rankd top pinball --filter member:ada
      rankd top arcade --period weekly:-1
      rankd top arcade --from 2026-11-01 --to 2026-11-07 --aggregate sum
      rankd top league --teams
      rankd top imo --url https://scores.example.org --key "$KEY"
    """
    asked = asked_of(reading)
    if sort is not None:
        asked["sort"] = sort
    if filter:
        asked["filter"] = filter
    # Rows that several filters leave cannot be counted, so only an offset that says something is sent.
    start = {"offset": offset} if offset else {}
    page = read(client, out, path("boards", board, "entries"), {"limit": limit, **start, **asked}, PAGE)
    show_page(out, page, time_of(page, asked))


def rank(
    client: Client, out: Output, board: Board, member: Member, *, entry_id: EntryId = None, **reading: Any
) -> None:
    """Show where one member stands, and how it moved since the period before.

    On an arcade board that is its best entry, or the one with --entry-id.

    Examples:

      rankd rank arcade ada
      rankd rank arcade ada --json
      rankd rank arcade ada --period weekly
      rankd rank league red --teams
      rankd rank arcade ada --segment country:FR
      rankd rank pinball ada --entry-id 1795349734763900
    """
    asked = {**asked_of(reading), **_named(entry_id)}
    entry = read(client, out, path("boards", board, "entries", member), asked, ("member", "rank", "total"))
    decimals = decimals_of(entry)
    out.fields(
        entry,
        [
            ("member", entry.get("member")),
            ("name", _name(entry)),
            ("entry", entry.get("entry_id")),
            ("rank", f"{entry.get('rank')} of {entry.get('total')}"),
            ("movement", _movement(entry.get("movement"), decimals)),
            ("percentile", entry.get("percentile")),
            ("score", decimal_text(entry.get("score"), decimals)),
            *((f"  {name}", value) for name, value in (entry.get("subscores") or {}).items()),
            ("team", entry.get("team")),
            *field_texts(entry),
            ("period", time_of(entry, asked)),
            ("updated_at", entry.get("updated_at")),
        ],
    )


def around(  # noqa: PLR0913 - one parameter an option
    client: Client,
    out: Output,
    board: Board,
    member: Member,
    *,
    size: Size = 11,
    entry_id: EntryId = None,
    **reading: Any,
) -> None:
    """Show a member and its neighbours.

    Examples:

      rankd around arcade ada
      rankd around arcade ada --size 5 --json
      rankd around arcade ada --period 2026-11-21
      rankd around pinball ada --entry-id 1795349734763900
    """
    asked = {**asked_of(reading), **_named(entry_id)}
    where = path("boards", board, "entries", member, "around")
    page = read(client, out, where, {"size": size, **asked}, PAGE)
    marked = next((one for one in page["entries"] if one["member"] == member and _is_meant(one, entry_id)), None)
    show_page(out, page, time_of(page, asked), marked)


def _named(entry_id: int | None) -> dict[str, int]:
    return {} if entry_id is None else {"entry_id": entry_id}


def _is_meant(entry: dict[str, Any], entry_id: int | None) -> bool:
    """Whether it is the entry that was asked about: of several of a member the best, which stands above its others."""
    return entry_id is None or entry.get("entry_id") == entry_id


def show_page(out: Output, page: dict[str, Any], time: str = "", marked: dict[str, Any] | None = None) -> None:
    """A page as a table: a column a subscore and a field, entries' numbers, names and teams where there are any, and a
    mark at one entry; under it what `time` it is of."""
    entries: Sequence[dict[str, Any]] = page["entries"]
    names = _names_in(entries, "subscores")
    columns = [Column("RANK", right=True), Column("SCORE", right=True)]
    if marked is not None:
        columns.insert(0, Column(""))
    columns += [Column(name.upper(), right=True) for name in names]
    columns.append(Column("MEMBER", elastic=True))
    rows = [_row(entry, names, marked, decimals_of(page)) for entry in entries]
    if any("entry_id" in entry for entry in entries):
        columns.append(Column("ENTRY", right=True))
        rows = [[*row, entry.get("entry_id")] for row, entry in zip(rows, entries, strict=True)]
    if any(map(_name, entries)):
        columns.append(Column("NAME", elastic=True))
        rows = [[*row, _name(entry)] for row, entry in zip(rows, entries, strict=True)]
    if any("team" in entry for entry in entries):
        columns.append(Column("TEAM", elastic=True))
        rows = [[*row, entry.get("team")] for row, entry in zip(rows, entries, strict=True)]
    if fields := _names_in(entries, "fields"):
        columns += [Column(name.upper(), right=are_numbers(entries, name), elastic=True) for name in fields]
        cells = [[field_cell(entry, name) for name in fields] for entry in entries]
        rows = [[*row, *more] for row, more in zip(rows, cells, strict=True)]
    out.table(page, columns, rows)
    if not out.machine:
        note(_count(page) + (f"; {time}" if time else ""))


def _count(page: dict[str, Any]) -> str:
    """How many entries are shown of how many; the total is unknown where filters were tried row by row."""
    shown = len(page["entries"])
    if page["total"] is None:
        return f"{shown} entries" + (", and there may be more" if page.get("next") else "")
    return f"{shown} of {page['total']} entries"


def _names_in(entries: Sequence[dict[str, Any]], part: str) -> list[str]:
    return list(dict.fromkeys(name for entry in entries for name in entry.get(part) or {}))


def _name(entry: dict[str, Any]) -> str:
    """The name in a member's profile, where it has one."""
    return str((entry.get("profile") or {}).get("name") or "")


def _movement(movement: dict[str, Any] | None, decimals: int) -> str:
    """`+3 since 2026-W46, from rank 6; score +120 from 700`: climbing is positive."""
    if not movement:
        return ""
    since = f"since {movement.get('period')}, from rank {movement.get('rank')}"
    change = decimal_text(_signed(movement.get("score_change")), decimals)
    return f"{_signed(movement.get('rank_change'))} {since}; score {change}"


def _signed(change: Any) -> str:
    """A change of a number or of text that is one; none is `+0`."""
    return f"{int(change):+}" if re.fullmatch(r"-?[0-9]+", str(change)) else "?"


def _row(entry: dict[str, Any], names: Sequence[str], marked: dict[str, Any] | None, decimals: int) -> list[object]:
    subscores = entry.get("subscores") or {}
    mark = [] if marked is None else [">" if entry is marked else ""]
    score = decimal_text(entry["score"], decimals)
    return [*mark, entry["rank"], score, *(subscores.get(name) for name in names), entry["member"]]
