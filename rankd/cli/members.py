"""`rankd member`: profiles, and the boards a member is on."""

from typing import Annotated, Any

import typer

from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.decimals import decimal_text, decimals_of
from rankd.cli.json_options import json_object
from rankd.cli.output import Output
from rankd.cli.submissions import Member
from rankd.cli.tables import Column

app = typer.Typer(no_args_is_help=True)

BOARD_COLUMNS = (
    Column("BOARD", elastic=True),
    Column("RANK", right=True),
    Column("TOTAL", right=True),
    Column("SCORE", right=True),
    Column("PERIOD"),
)
_PERIOD_HELP = "The running period of this type (weekly), where boards have it. Default: each board's first."
Name = Annotated[str | None, typer.Option("--name", help="What people see.", show_default=False)]
AvatarUrl = Annotated[
    str | None, typer.Option("--avatar-url", metavar="URL", help="An http or https address.", show_default=False)
]
Info = Annotated[
    str | None,
    typer.Option("--info", metavar="JSON", help="JSON object of at most 2 KiB; yours to fill.", show_default=False),
]
Period = Annotated[
    str | None,
    typer.Option("--period", metavar="TYPE", help=_PERIOD_HELP, show_default=False),
]


@app.callback()
def member() -> None:
    """Register members with a profile, see the boards they are on, ban them.

    To register, ban or erase wants a key with the scope admin; to read, read.

    Examples:

      rankd member put ada --name "Ada L."
      rankd member boards ada
      rankd member ban mallory
    """


@client_command(app, "put")
def put(  # noqa: PLR0913 - one parameter an option
    client: Client,
    out: Output,
    member: Member,
    *,
    name: Name = None,
    avatar_url: AvatarUrl = None,
    info: Info = None,
) -> None:
    """Register a member, or replace its profile. What is not given is empty.

    Pages show the profile beside the member's entries; boards with
    --registered-only take scores of members that have one.

    Examples:

      rankd member put ada --name "Ada L."
      rankd member put ada --avatar-url https://example.org/ada.png
      rankd member put bob --info '{"country": "FR", "since": 2019}'
    """
    profile: dict[str, Any] = {"name": name, "avatar_url": avatar_url}
    if info is not None:
        profile["info"] = json_object(info, "--info")
    _show(out, client.put(path("members", member), {key: value for key, value in profile.items() if value is not None}))


@client_command(app, "show")
def show(client: Client, out: Output, member: Member) -> None:
    """Show a member's profile.

    Examples:

      rankd member show ada
      rankd member show ada --json
    """
    _show(out, client.get(path("members", member), wants=("member",)))


@client_command(app, "boards")
def boards(client: Client, out: Output, member: Member, period: Period = None) -> None:
    """Show where a member stands on every board it is on.

    Examples:

      rankd member boards ada
      rankd member boards ada --period weekly
      rankd member boards ada --json
    """
    params = {"period": period} if period else {}
    entries = list(client.pages(path("members", member, "entries"), "entries", params))
    rows = [
        (
            entry["board"],
            entry["rank"],
            entry["total"],
            decimal_text(entry["score"], decimals_of(entry)),
            (entry.get("period") or {}).get("id"),
        )
        for entry in entries
    ]
    out.table({"member": member, "entries": entries}, BOARD_COLUMNS, rows, empty="This member is on no board.")


def _show(out: Output, profile: dict[str, Any]) -> None:
    out.fields(profile, list(profile.items()))
