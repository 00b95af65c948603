"""`rankd import`: many submissions from a file, each counted once however often it is run."""

import contextlib
import sys
from collections.abc import Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated, Literal

import typer

from rankd.cli.chunks import chunks
from rankd.cli.client import Client
from rankd.cli.connection import client_command
from rankd.cli.csv_rows import csv_rows
from rankd.cli.failures import Refusal
from rankd.cli.import_runs import ImportRun
from rankd.cli.moves_in import import_project
from rankd.cli.output import Output
from rankd.cli.progress import progress_of
from rankd.cli.rejects import Rejected
from rankd.cli.restores import Restore
from rankd.cli.rows import Row, UnreadableFile, ndjson_rows
from rankd.cli.transfers import RetryFor, Transfer

Format = Literal["ndjson", "csv"]

Board = Annotated[
    str, typer.Argument(metavar="BOARD", help="Id of the board; with --all the folder.", show_default=False)
]
File = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="NDJSON or CSV; - for stdin. None with --all.", show_default=False),
]
AsExported = Annotated[
    bool,
    typer.Option("--restore", help="The file is an export: set entries as they stood, whatever the board's rule."),
]
All = Annotated[bool, typer.Option("--all", help="Bring in a folder of `rankd export --all`.")]
Period = Annotated[
    str | None,
    typer.Option(
        "--period", metavar="PERIOD", help="With --restore: this one alone, running or closed.", show_default=False
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="Default: by the file's ending, NDJSON for stdin.", show_default=False),
]
Rejects = Annotated[
    str | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        help="Write every refused row there, in the format of the input.",
        show_default=False,
    ),
]
ImportId = Annotated[
    str,
    typer.Option(
        "--import-id", metavar="TEXT", help="Another text lets the same rows count again.", show_default=False
    ),
]


def register(app: typer.Typer, panel: str) -> None:
    """Adds the command."""
    client_command(app, "import", rich_help_panel=panel)(import_)


def import_(  # noqa: PLR0913 - one parameter an option
    client: Client,
    out: Output,
    board: Board,
    file: File = None,
    *,
    restore: AsExported = False,
    period: Period = None,
    all_: All = False,
    format_: FormatOption = None,
    rejects: Rejects = None,
    import_id: ImportId = "",
    retry_for: RetryFor = 60.0,
) -> None:
    """Send every submission of a file to a board, or bring back what was exported.

    NDJSON has a submission a line, as the HTTP API takes them. CSV begins with a
    header: member,score, then a column a subscore, and team and metadata (JSON)
    if there are any; the columns rank and reason are passed over, as is reason
    in NDJSON.

    Interrupted, it goes on where it stopped when run again; run again within 24
    hours, rows that were taken do not count twice. That holds for an unchanged
    file: to mend refused rows, import the mended ones alone. --rejects keeps
    them for that, each with its reason; one that could not be read as it was.
    A server that is away is waited for. Ends with 1 if any row was refused.

    With --restore the file is one of `rankd export`: entries are set as they
    stood, arrivals and numbers included. With --all it is a folder of
    `rankd export --all`, and what stands here afterwards is compared with it by
    digests. Both are gone on with when they are run again.

    Examples:

      rankd import arcade scores.ndjson
      rankd import arcade scores.csv --rejects refused.csv
      zcat scores.csv.gz | rankd import arcade - --format csv
      echo '{"member": "ada", "score": 4200}' | rankd import arcade -
      rankd import arcade arcade.ndjson --restore
      rankd import arcade last-week.csv --restore --period 2026-W46
      rankd import --all moved/ --url https://new.example.org --key "$ROOT_KEY"
    """
    if all_:
        if file is not None or restore or period or rejects:
            raise typer.BadParameter("takes a folder and nothing else", param_hint="--all")
        if not import_project(client, out, Path(board), retry_for):
            raise typer.Exit(1)
        return
    if file is None:
        raise typer.BadParameter("name the file; - for stdin", param_hint="FILE")
    if restore:
        if rejects:
            raise typer.BadParameter("does not go with --restore, which tells refused lines", param_hint="--rejects")
        _restore(client, out, Transfer(board, format_ or _format_of(file), period), file, retry_for)
        return
    if period:
        raise typer.BadParameter("goes with --restore only", param_hint="--period")
    _demand_two_files(file, rejects)
    name = "Standard input" if file == "-" else file
    with contextlib.ExitStack() as stack:
        source = sys.stdin.buffer if file == "-" else stack.enter_context(_opened(file, "rb", "FILE"))
        rejected = Rejected(stack.enter_context(_opened(rejects, "wb", "--rejects")) if rejects else None)
        progress = stack.enter_context(progress_of(source))
        # Closed before its file is, however the run ends.
        rows = stack.enter_context(contextlib.closing(_rows(source, file, format_)))
        job = ImportRun(client, board, retry_for, progress, rejected)
        try:
            for chunk in chunks(rows, f"{client.project}\n{board}\n{import_id}"):
                job.send(chunk)
        except UnreadableFile as error:
            raise Refusal(f"{name} cannot be imported", "", str(error), "rankd import --help shows the form.") from None
        except (Refusal, KeyboardInterrupt):
            if job.tally.rows:
                progress.note(f"Stopped: {job.tally}. Run the same command again to go on; nothing counts twice.")
            raise
        job.hint()
    out.done(asdict(job.tally), f"{job.tally}." if job.tally.rows else f"Nothing to import: {name} holds no rows.")
    if job.tally.refused:
        raise typer.Exit(1)


def _format_of(file: str) -> Format:
    return "csv" if Path(file).suffix.lower() == ".csv" else "ndjson"


def _restore(client: Client, out: Output, purpose: Transfer, file: str, retry_for: float) -> None:
    with contextlib.ExitStack() as stack:
        source = sys.stdin.buffer if file == "-" else stack.enter_context(_opened(file, "rb", "FILE"))
        progress = stack.enter_context(progress_of(source))
        job = Restore(client, purpose, progress, retry_for)
        try:
            job.run(source, None if file == "-" else Path(file + ".import.json"))
        except (Refusal, KeyboardInterrupt):
            if job.done.lines:
                progress.note(f"Stopped: {job.done}. Run the same command again to go on.")
            raise
    shown = {name: getattr(job.done, name) for name in ("lines", "taken", "changed", "refused")}
    out.done(shown, f"{job.done}.")
    if job.done.refused:
        raise typer.Exit(1)


def _demand_two_files(file: str, rejects: str | None) -> None:
    if rejects and file != "-" and Path(rejects).exists() and Path(file).exists() and Path(file).samefile(rejects):
        raise typer.BadParameter(f"{rejects} is the file to import: name another one", param_hint="--rejects")


def _rows(source: IO[bytes], file: str, told: Format | None) -> Generator[Row, None, None]:
    ending = Path(file).suffix.lower()
    if told == "csv" or (told is None and ending == ".csv"):
        return csv_rows(source)
    return ndjson_rows(source, guessed=told is None and ending not in (".ndjson", ".jsonl"))


@contextlib.contextmanager
def _opened(file: str, mode: Literal["rb", "wb"], option: str) -> Iterator[IO[bytes]]:
    try:
        opened = Path(file).open(mode)  # noqa: SIM115 - only its opening is a usage error
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint=option) from None
    with opened:
        yield opened
