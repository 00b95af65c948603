"""`rankd board`: definitions of boards."""

from typing import Annotated, Any

import typer

from rankd.cli.client import Client, path
from rankd.cli.confirmation import Yes, ask
from rankd.cli.connection import client_command
from rankd.cli.decimals import decimal_text, decimals_of
from rankd.cli.field_options import field_text
from rankd.cli.output import Output
from rankd.cli.period_options import rule_text
from rankd.cli.settings_options import PARAMETERS, settings_from
from rankd.cli.tables import Column

app = typer.Typer(no_args_is_help=True)

RESET_COLUMNS = (Column("TYPE"), Column("PERIOD"), Column("REMOVED", right=True), Column("KEPT AS"))
FIRST_SHOWN = ("id", "name", "description", "enabled", "order", "update", "tie_break", "rank_style", "subscores")

ResetPeriod = Annotated[
    str | None,
    typer.Option("--period", metavar="TYPE", show_default=False, help="Only the running period of this type."),
]
Archive = Annotated[bool, typer.Option("--archive", help="Keep what is removed readable, as ID~1, ID~2 ...")]
Board = Annotated[str, typer.Argument(metavar="BOARD", help="Id of the board.", show_default=False)]


@app.callback()
def board() -> None:
    """Make, change, list and delete boards.

    Wants a key with the scope admin; to read them, read.

    Examples:

      rankd board put arcade --order desc --update best
      rankd board list
    """


@client_command(app, "put", PARAMETERS)
def put(client: Client, out: Output, board: Board, **settings: Any) -> None:
    """Create a board, or replace the settings of one.

    Settings not given take their defaults; `board patch` keeps them instead.
    A change that would reorder entries is refused once there are any. What
    periods do and when, `board next` tells before anything is played.

    Examples:

      rankd board put arcade --name "Arcade" --order desc
      rankd board put sprint --order asc --update best --rank-style competition
      rankd board put league --update sum --subscore goals --subscore fouls:asc
      rankd board put race --field country:segment --field ms:integer:rank=asc
      rankd board put clans --period weekly:keep=8 --period all --late-s 60
      rankd board put raid --period 'cron=0 4 * * 1,4' --timezone Asia/Tokyo
      rankd board put laps --order asc --decimals 3 --score-min 20000
      rankd board put hunters --update sum --source kill-enemy:amount --teams
      rankd board put pinball --no-unique --entries-per-member 10
      rankd board put arcade --file settings.json
      echo '{"order": "asc"}' | rankd board put sprint --file -
    """
    _show(out, client.put(path("boards", board), settings_from(settings)))


@client_command(app, "patch", PARAMETERS)
def patch(client: Client, out: Output, board: Board, **settings: Any) -> None:
    """Change the given settings of a board and keep the others.

    Examples:

      rankd board patch arcade --disabled
      rankd board patch arcade --name "Arcade 2" --rank-style dense
      rankd board patch clans --reset-time 04:00 --late-s 120
      rankd board patch clans --ends-at none
      rankd board patch clans --registered-only --score-max none
      rankd board patch arcade --max-step 5000
      rankd board patch pinball --entries-per-member none
    """
    wanted = settings_from(settings)
    if not wanted:
        raise typer.BadParameter("give at least one setting, such as --name or --disabled", param_hint="SETTINGS")
    _show(out, client.patch(path("boards", board), wanted))


@client_command(app, "get")
def get(client: Client, out: Output, board: Board) -> None:
    """Show the settings of a board.

    Examples:

      rankd board get arcade
      rankd board get arcade --json
    """
    _show(out, client.get(path("boards", board)))


@client_command(app, "list")
def list_(client: Client, out: Output) -> None:
    """List the boards of the project.

    Examples:

      rankd board list
      rankd board list --project mygame --json
    """
    boards = list(client.pages(path("boards"), "boards"))
    columns = [
        Column("BOARD"),
        Column("ORDER"),
        Column("UPDATE"),
        Column("RANKS"),
        Column("STATE"),
        Column("NAME", elastic=True),
    ]
    rows = [
        (
            b["id"],
            b["order"],
            b["update"],
            b["rank_style"],
            "enabled" if b["enabled"] else "disabled",
            b["name"],
        )
        for b in boards
    ]
    out.table({"boards": boards}, columns, rows, empty="No boards yet; `rankd board put` makes one.")


@client_command(app, "delete")
def delete(client: Client, out: Output, board: Board, yes: Yes = False) -> None:
    """Delete a board and its entries. Nothing brings them back.

    It asks first; where there is no terminal, --yes is needed.

    Examples:

      rankd board delete arcade
      rankd board delete arcade --yes
    """
    ask(f"Delete board {board} and all its entries?", yes)
    client.delete(path("boards", board))
    out.done({"deleted": board}, f"Deleted board {board}.")


@client_command(app, "reset")
def reset(  # noqa: PLR0913 - one parameter an option
    client: Client,
    out: Output,
    board: Board,
    *,
    period: ResetPeriod = None,
    archive: Archive = False,
    yes: Yes = False,
) -> None:
    """Empty a board, or one of its running periods, and keep its settings.

    It asks first; where there is no terminal, --yes is needed. Periods that
    are over stay as they are.

    Examples:

      rankd board reset arcade
      rankd board reset arcade --yes
      rankd board reset arcade --period weekly --archive
    """
    which = f"the running {period} period" if period else "all running periods"
    kept = "keep them as an archive" if archive else "lose them"
    ask(f"Remove the entries of {which} of board {board} and {kept}?", yes)
    wanted = {"period": period} if period else {}
    answer = client.post(path("boards", board, "reset"), {**wanted, **({"archive": True} if archive else {})})
    ended = answer.get("periods") or []
    rows = [(one.get("type"), one.get("id"), one.get("removed"), one.get("archive")) for one in ended]
    out.table(answer, RESET_COLUMNS, rows)


def _show(out: Output, settings: dict[str, Any]) -> None:
    subscores = ", ".join(f"{one['name']} {one['order']}" for one in settings.get("subscores") or [])
    fields = ", ".join(field_text(rule) for rule in settings.get("fields") or [])
    texts = {"subscores": subscores, "fields": fields}
    shown = {name: settings.get(name) for name in FIRST_SHOWN} | settings | texts
    out.fields(settings, list((shown | _bound_texts(settings) | _calendar_texts(settings)).items()))


def _bound_texts(settings: dict[str, Any]) -> dict[str, str]:
    """Bounds as they are sent, and how the board shows such a score."""
    decimals, found = decimals_of(settings), {}
    for name in ("score_min", "score_max"):
        bound = settings.get(name)
        if bound is not None and decimals:
            found[name] = f"{bound} (shown as {decimal_text(bound, decimals)})"
    return found


def _calendar_texts(settings: dict[str, Any]) -> dict[str, str]:
    """Periods as --period takes them, and the parts of `reset` and `ranges` side by side."""
    texts = {"periods": ", ".join(rule_text(rule) for rule in settings.get("periods") or [])}
    for name in ("reset", "ranges"):
        texts[name] = ", ".join(f"{key} {value}" for key, value in (settings.get(name) or {}).items())
    return texts
