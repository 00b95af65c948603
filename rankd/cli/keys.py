"""`rankd key`: the API keys of a project."""

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from rankd.cli.client import Client, path
from rankd.cli.confirmation import Yes, ask
from rankd.cli.connection import client_command
from rankd.cli.output import Output, note
from rankd.cli.tables import Column

app = typer.Typer(no_args_is_help=True)


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


Name = Annotated[str, typer.Option("--name", help="What the key is for.", show_default=False)]
Scopes = Annotated[
    list[Scope],
    typer.Option("--scope", help="What it may do; repeat it, one scope does not imply another.", show_default=False),
]
ExpiresAt = Annotated[
    str | None,
    typer.Option("--expires-at", metavar="TIME", help="RFC 3339 time it stops working at.", show_default=False),
]
Value = Annotated[
    str | None,
    typer.Option(
        "--value",
        metavar="SECRET",
        show_default=False,
        help="Bring in an existing secret of 16-64 characters; - reads it from stdin and keeps it out of ps.",
    ),
]


@app.callback()
def key() -> None:
    """Make, list and revoke the API keys of a project.

    Wants the root key.

    Examples:

      rankd key create --name game-server --scope write
      rankd key list
    """


@client_command(app, "create")
def create(  # noqa: PLR0913 - one parameter an option
    client: Client,
    out: Output,
    *,
    name: Name,
    scope: Scopes,
    expires_at: ExpiresAt = None,
    value: Value = None,
) -> None:
    """Create a key and print its secret, this once.

    The server keeps only a digest: a lost key is revoked and made anew.

    Examples:

      rankd key create --name game-server --scope write
      rankd key create --name web --scope read --expires-at 2027-01-01T00:00:00Z
      rankd key create --name moved --scope write --value - < old-key.txt
      rankd key create --name ci --scope read --json | jq -r .key
    """
    wanted: dict[str, Any] = {"name": name, "scopes": [str(one) for one in dict.fromkeys(scope)]}
    if expires_at is not None:
        wanted["expires_at"] = expires_at
    if value is not None:
        wanted["value"] = sys.stdin.readline().strip() if value == "-" else value
    made = client.post(path("projects", client.project, "keys"), wanted)
    out.fields(
        made,
        [
            ("key", made.get("key")),
            ("id", made.get("id")),
            ("name", made.get("name")),
            ("scopes", ", ".join(made.get("scopes", []))),
            ("expires_at", made.get("expires_at")),
        ],
    )
    note("Keep the key now: it is not shown again.")


@client_command(app, "list")
def list_(client: Client, out: Output) -> None:
    """List the keys of the project, without their secrets.

    Examples:

      rankd key list
      rankd key list --project mygame --json
    """
    keys = list(client.pages(path("projects", client.project, "keys"), "keys"))
    columns = [
        Column("KEY"),
        Column("SCOPES"),
        Column("CREATED"),
        Column("EXPIRES"),
        Column("NAME", elastic=True),
    ]
    rows = [
        (k["id"], ",".join(k["scopes"]), k.get("created_at"), k.get("expires_at") or "never", k.get("name"))
        for k in keys
    ]
    out.table({"keys": keys}, columns, rows, empty="No keys yet; `rankd key create` makes one.")


@client_command(app, "revoke")
def revoke(
    client: Client,
    out: Output,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id from `key list`.", show_default=False)],
    yes: Yes = False,
) -> None:
    """Revoke a key: requests with it are refused from now on.

    It asks first; where there is no terminal, --yes is needed.

    Examples:

      rankd key revoke k7x2m
      rankd key revoke k7x2m --yes
    """
    ask(f"Revoke key {key_id}?", yes)
    client.delete(path("projects", client.project, "keys", key_id))
    out.done({"revoked": key_id}, f"Revoked key {key_id}.")
