"""`rankd export`: a whole board to a file, or a whole project to a folder."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.downloads import PARQUET, Download, download_file
from rankd.cli.moves_out import export_project
from rankd.cli.output import Output, note
from rankd.cli.progress import progress_to
from rankd.cli.transfers import RetryFor, Transfer

Board = Annotated[
    str | None, typer.Argument(metavar="BOARD", help="Id of the board; none with --all.", show_default=False)
]
Format = Annotated[
    Literal["ndjson", "csv", "parquet"] | None,
    typer.Option("--format", help="Default: by the file's ending, else ndjson.", show_default=False),
]
Period = Annotated[
    str | None,
    typer.Option(
        "--period",
        metavar="PERIOD",
        help="weekly, weekly:-1 or an id, 2026-W46. Default: the first.",
        show_default=False,
    ),
]
To = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - for stdout. With --all a folder.")]
All = Annotated[bool, typer.Option("--all", help="The whole project: boards, their periods, members, keys.")]


def register(app: typer.Typer, panel: str) -> None:
    """Adds the command."""
    client_command(app, "export", rich_help_panel=panel)(export)


def export(  # noqa: PLR0913 - one parameter an option
    client: Client,
    out: Output,
    board: Board = None,
    *,
    all_: All = False,
    period: Period = None,
    format_: Format = None,
    output: To = "-",
    retry_for: RetryFor = 60.0,
) -> None:
    """Write a whole board to a file, in order.

    Each entry is there once, though others move meanwhile. A transfer that
    breaks off goes on behind its last whole line; a FILE.part is gone on with
    when the same command is run again (Parquet begins anew).

    With --all the project goes into a folder, as `rankd import --all` reads it
    on another server: boards with their settings and all periods that can be
    read, profiles, and with the root key the keys' digests (never secrets).

    Examples:

      rankd export arcade | gzip
      rankd export arcade -o arcade.csv
      rankd export arcade --period weekly:-1 -o last-week.parquet
      rankd export --all -o moved/
    """
    if all_ == (board is not None):
        raise typer.BadParameter("give a board, or --all for all of them", param_hint="BOARD")
    if all_:
        if output == "-":
            raise typer.BadParameter("name the folder that the project goes to", param_hint="--output")
        if period or format_:
            raise typer.BadParameter("all periods go, as NDJSON; leave it out with --all", param_hint="--period")
        export_project(client, out, Path(output), retry_for)
        return
    asked = Transfer(str(board), format_ or _format_of(output), period)
    _export_board(client, out, asked, output, retry_for)


def _format_of(output: str) -> Any:
    return {".csv": "csv", ".parquet": PARQUET}.get(Path(output).suffix.lower(), "ndjson")


def _export_board(client: Client, out: Output, asked: Transfer, output: str, retry_for: float) -> None:
    with progress_to(_total(client, asked) if sys.stderr.isatty() else None) as progress:
        download = Download(client, asked, progress, retry_for)
        if output == "-":
            if asked.format == PARQUET:
                download.raw_to_pipe(sys.stdout.buffer)
            else:
                download.to(sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        count = download_file(download, asked, Path(output), client)
    told = f"{count:,} entries" if count is not None else "The board"
    if out.machine:
        out.document({"board": asked.board, "file": output, "format": asked.format, "entries": count})
    else:
        note(f"{told} in {output}.")


def _total(client: Client, asked: Transfer) -> int | None:
    params = {"limit": 1, **({"period": asked.period} if asked.period else {})}
    total = client.get(path("boards", asked.board, "entries"), params, ("total",))["total"]
    return total if isinstance(total, int) else None
