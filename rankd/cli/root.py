"""The command tree: what is under which name. Each command lives in the file of its group."""

from typing import Annotated

import typer

from rankd import __version__
from rankd.cli import (
    bans,
    bench,
    boards,
    doctor,
    exports,
    imports,
    keys,
    members,
    next_boundaries,
    periods,
    projects,
    ranks,
    serve,
    submissions,
    tokens,
    values,
)
from rankd.cli.failures import RefusalGroup

SERVER = "On the server's machine"
DATA = "Boards and scores"
ACCESS = "Access"

app = typer.Typer(
    cls=RefusalGroup,
    no_args_is_help=True,
    # Tracebacks with local variables would show keys.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rankd {__version__}")
        raise typer.Exit


@app.callback()
def rankd(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Leaderboards on Redis sorted sets: exact scores, shared ranks, one atomic step a submission.

    Examples:

      rankd serve --sample                  start a server with a sample board
      rankd board put arcade --order desc   make a board
      rankd submit arcade ada 4200          send a score
      rankd top arcade                      read the best

    Client commands talk to --url (RANKD_URL) with --key (RANKD_KEY). On the
    server's own machine they find the key by themselves, and the server if it
    is on port 8080. COMMAND --help shows examples.
    """


serve.register(app, SERVER)
doctor.register(app, SERVER)
periods.register(boards.app)
values.register(boards.app)
next_boundaries.register(boards.app)
app.add_typer(boards.app, name="board", rich_help_panel=DATA)
submissions.register(app, DATA)
ranks.register(app, DATA)
imports.register(app, DATA)
bans.register(members.app)
exports.register(app, DATA)
app.add_typer(members.app, name="member", rich_help_panel=DATA)
app.add_typer(projects.app, name="project", rich_help_panel=ACCESS)
app.add_typer(keys.app, name="key", rich_help_panel=ACCESS)
app.add_typer(tokens.app, name="token", rich_help_panel=ACCESS)
bench.register(app, SERVER)


@app.command("version", rich_help_panel=SERVER)
def version() -> None:
    """Print the version of this program.

    That of a server stands in its /v1/info.

    Examples:

      rankd version
    """
    typer.echo(f"rankd {__version__}")
