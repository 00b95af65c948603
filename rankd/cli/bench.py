"""`rankd bench`: the command of rankd.bench."""

from typing import Annotated

import typer

from rankd.cli.connection import DEFAULT_URL, DataDir, find_key

Url = Annotated[str, typer.Option(envvar="RANKD_URL", metavar="URL", help="The server to measure.")]
Key = Annotated[
    str | None,
    typer.Option(envvar="RANKD_KEY", metavar="KEY", help="A key with read, write and admin.", show_default=False),
]
JsonFile = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write the figures there; - for stdout.", show_default=False),
]


def register(app: typer.Typer, panel: str) -> None:
    """Adds the command."""
    app.command("bench", rich_help_panel=panel)(bench)


def bench(  # noqa: PLR0913 - one parameter an option
    *,
    url: Url = DEFAULT_URL,
    key: Key = None,
    data_dir: DataDir = None,
    json_file: JsonFile = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests under way at once.")] = 64,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Measured seconds a workload, over all rounds together.")
    ] = 5.0,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the median counts.")] = 5,
    entries: Annotated[int, typer.Option(min=1, help="Entries the board has before.")] = 10_000,
    controls: Annotated[bool, typer.Option(help="Measure the naive way and the bare command beside it.")] = True,
) -> None:
    """Measure a running server on a board made for the run and deleted after it.

    Quote the ratios to the controls, not the seconds: machines differ. Ends with
    1 if requests were answered with errors; a missed target is only shown.

    Examples:

      rankd bench
      rankd bench --seconds 2 --rounds 3 --json figures.json
      rankd bench --url http://127.0.0.1:8080 --concurrency 16 --no-controls
    """
    from rankd.bench import run  # noqa: PLC0415 - uvloop and the drivers

    found, _ = find_key(url, key, data_dir)
    status = run(
        url,
        found,
        concurrency=concurrency,
        seconds=seconds,
        entries=entries,
        json_path=json_file,
        controls=controls,
        rounds=rounds,
    )
    raise typer.Exit(status)
