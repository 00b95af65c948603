"""`rankd board values`: the values of a field that occur, with how many entries have each."""

from typing import Annotated, Any

import typer

from rankd.cli.boards import Board
from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.output import Output, note
from rankd.cli.tables import Column

COLUMNS = (Column("VALUE", elastic=True), Column("ENTRIES", right=True))

Field = Annotated[str, typer.Argument(metavar="FIELD", help="Name of a declared field.", show_default=False)]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many values.")]
Period = Annotated[
    str | None,
    typer.Option(metavar="PERIOD", show_default=False, help="As in `rankd top`. Default: the board's first."),
]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    client_command(app, "values")(values)


def values(  # noqa: PLR0913 - one parameter an option
    client: Client, out: Output, board: Board, field: Field, *, limit: Limit = 100, period: Period = None
) -> None:
    """List the values of a field in their order, and how many entries have each.

    What is listed can be given to --segment and --filter of `rankd top`.

    Examples:

      rankd board values arcade country
      rankd board values arcade country --period weekly:-1 --json
    """
    params: dict[str, Any] = {"limit": limit, **({"period": period} if period else {})}
    answer = client.get(path("boards", board, "fields", field, "values"), params, ("values",))
    rows = [(_text(one.get("value")), one.get("count")) for one in answer["values"]]
    out.table(answer, COLUMNS, rows, empty="No entry has a value of this field.")
    if answer.get("next") and not out.machine:
        note("There are more; --limit shows up to 1000.")


def _text(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
