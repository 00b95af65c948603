"""`rankd board next`: what a schedule does and when, told before anything is played by it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.failures import WrongUsage, faults_of
from rankd.cli.output import Output
from rankd.cli.settings_options import CALENDAR_PARAMETERS, merged, settings_from

if TYPE_CHECKING:
    from rankd.domain.boards import BoardSettings

# What `board get --json` prints is a settings file too; this of it is nobody's to set.
READ_ONLY = ("id", "created_at", "updated_at", "version")

OptionalBoard = Annotated[
    str | None,
    typer.Argument(metavar="BOARD", help="A board whose settings to begin with.", show_default=False),
]
Count = Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="How many boundaries.")]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="INSTANT",
        show_default=False,
        help="Begin here: an instant, or a date or time in the board's zone. Default: now, or the board's start.",
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    client_command(app, "next", CALENDAR_PARAMETERS, lambda given: given["board"] is None)(next_)


def next_(
    client: Client | None,
    out: Output,
    board: OptionalBoard = None,
    count: Count = 10,
    begin: From = None,
    **given: Any,
) -> None:
    """Explain the next boundaries of periods: when they are, and what is odd about them.

    From settings alone it needs no server, so a schedule can be checked before
    it is used. With BOARD its settings are read, and options go over them.

    Examples:

      rankd board next --period weekly --timezone Europe/Paris --reset-time 04:00
      rankd board next --period daily --timezone Africa/Cairo --from 2027-04-25
      rankd board next --period 'cron=0 */6 * * *' --period all --count 4
      rankd board next --file settings.json --json
      rankd board next arcade
      rankd board next arcade --reset-day 31
    """
    from rankd.cli.boundary_tables import show  # noqa: PLC0415 the calendar takes longer to import than a help text

    if client is None and not any(given.values()):
        raise typer.BadParameter("give a BOARD, or settings such as --period daily", param_hint="BOARD")
    standing = _standing(client.get(path("boards", board or ""))) if client else {}
    show(out, board, _checked(merged(standing, settings_from(given))), begin, count)


def _standing(board: Mapping[str, Any]) -> dict[str, Any]:
    """Of a board's settings those that this program knows."""
    from rankd.domain.boards import BoardSettings  # noqa: PLC0415

    return {name: board[name] for name in BoardSettings.model_fields if name in board}


def _checked(settings: dict[str, Any]) -> "BoardSettings":
    """The settings as a server would take them, refused in its words."""
    from rankd.domain.boards import BoardSettings  # noqa: PLC0415
    from rankd.errors import Unprocessable  # noqa: PLC0415
    from rankd.http.codec import validated  # noqa: PLC0415

    given = {name: value for name, value in settings.items() if name not in READ_ONLY}
    try:
        return validated(BoardSettings, given)
    except Unprocessable as refused:
        why = "\n".join(faults_of({"errors": refused.faults}))
        then = "`rankd board put --help` explains each setting."
        raise WrongUsage("These settings would be refused", "", why, then) from None
