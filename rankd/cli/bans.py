"""`rankd member ban`, `unban` and `erase`."""

from typing import Annotated, Any, Literal

import typer

from rankd.cli.client import Client, path
from rankd.cli.confirmation import Yes, ask
from rankd.cli.connection import client_command
from rankd.cli.output import Output
from rankd.cli.submissions import Member

Mode = Annotated[
    Literal["hide", "block"],
    typer.Option("--mode", help="hide: stands nowhere, sees itself alone. block: no more scores are taken."),
]
Boards = Annotated[
    list[str] | None,
    typer.Option("--board", metavar="BOARD", help="On this board; repeatable. Default: on all.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Adds the commands to the group of members."""
    client_command(app, "ban")(ban)
    client_command(app, "unban")(unban)
    client_command(app, "erase")(erase)


def ban(client: Client, out: Output, member: Member, mode: Mode = "hide", board: Boards = None) -> None:
    """Hide a member from others, or take no more scores of it.

    Hidden it stands on no board: others move up, and its scores are kept and
    go on counting, so that unban puts it where they belong. A ban takes the
    place of the one before. Wants a key with the scope admin.

    Examples:

      rankd member ban mallory
      rankd member ban mallory --mode block
      rankd member ban mallory --board arcade --board laps
    """
    wanted: dict[str, Any] = {"mode": mode, **({"boards": board} if board else {})}
    made = client.put(path("members", member, "ban"), wanted)
    out.fields(made, list(made.items()))


def unban(client: Client, out: Output, member: Member) -> None:
    """Take a member's ban back. Nothing of its scores was lost.

    Examples:

      rankd member unban mallory
    """
    client.delete(path("members", member, "ban"))
    out.done({"member": member, "banned": False}, f"No ban of {member} stands now.")


def erase(client: Client, out: Output, member: Member, yes: Yes = False) -> None:
    """Erase a member from every board, archives included. Nothing brings it back.

    Its profile and ban go too. What was found is shown, and kept under the
    receipt's id, without the member. It asks first; where there is no
    terminal, --yes is needed.

    Examples:

      rankd member erase ada
      rankd member erase ada --yes --json
    """
    ask(f"Erase member {member} from every board, with its profile?", yes)
    answer = client.send("DELETE", path("members", member))
    receipt = client.get(path("erasures", answer.headers.get("Erasure-Receipt", "-")), wants=("id",))
    out.fields(receipt, list(receipt.items()))
