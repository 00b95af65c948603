"""`rankd token`: the player tokens of a project."""

from typing import Annotated

import typer

from rankd.cli.client import Client, path
from rankd.cli.confirmation import Yes, ask
from rankd.cli.connection import client_command
from rankd.cli.output import Output

app = typer.Typer(no_args_is_help=True)

Member = Annotated[str, typer.Argument(metavar="MEMBER", help="Id of the member.", show_default=False)]
TtlS = Annotated[
    int | None, typer.Option("--ttl-s", help="Seconds until it expires; a day if not said.", show_default=False)
]


@app.callback()
def token() -> None:
    """Make player tokens, or void all of a project.

    A token is for a game: it reads, and submits its own member's scores to
    boards with --player-submit.

    Examples:

      rankd token create ada
      rankd token void
    """


@client_command(app, "create")
def create(client: Client, out: Output, member: Member, ttl_s: TtlS = None) -> None:
    """Make a token for a member.

    Wants a key with the scope write.

    Examples:

      rankd token create ada --ttl-s 3600
      rankd token create ada --json | jq -r .token
    """
    made = client.post(path("tokens"), {"member": member, **({} if ttl_s is None else {"ttl_s": ttl_s})})
    out.fields(made, [("token", made.get("token")), ("expires_at", made.get("expires_at"))])


@client_command(app, "void")
def void(client: Client, out: Output, yes: Yes = False) -> None:
    """Void all player tokens of the project: none opens anything from now on.

    Wants the root key. It asks first; without a terminal, --yes is needed.

    Examples:

      rankd token void
      rankd token void --project mygame --yes
    """
    ask(f"Void all player tokens of {client.project}?", yes)
    client.delete(path("projects", client.project, "tokens"))
    out.done({"voided": client.project}, f"Voided all player tokens of {client.project}.")
