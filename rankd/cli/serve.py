"""`rankd serve`: the service, and its first words to the person who started it."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from rankd.cli.client import Client
from rankd.cli.failures import Refusal
from rankd.cli.output import write
from rankd.cli.sample_board import BOARD, load
from rankd.cli.server_options import (
    ClosePeriods,
    DataDir,
    Durability,
    Facades,
    Host,
    MinReplicasAck,
    Port,
    RedisUrl,
    settings_of,
)

if TYPE_CHECKING:
    from rankd.settings import Settings

Workers = Annotated[
    int | None,
    typer.Option(
        envvar="RANKD_WORKERS",
        metavar="N",
        min=1,
        max=64,
        help="Processes that share the port. Default: 1",
        show_default=False,
    ),
]
Sample = Annotated[
    bool,
    typer.Option("--sample", envvar="RANKD_SAMPLE", help=f"Load the sample board `{BOARD}` of real players."),
]


def register(app: typer.Typer, panel: str) -> None:
    """Adds the command."""
    app.command("serve", rich_help_panel=panel)(serve)


def serve(  # noqa: PLR0913 - one parameter an option
    *,
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    workers: Workers = None,
    durability: Durability = None,
    min_replicas_ack: MinReplicasAck = None,
    facades: Facades = None,
    close_periods: ClosePeriods = None,
    sample: Sample = False,
) -> None:
    """Start the service; it prints its URL once it answers.

    Needs nothing but a directory: a Valkey server is embedded and keeps its data
    there. SIGTERM or Ctrl-C ends it after the running requests.

    Examples:

      rankd serve --sample
      rankd serve --port 9000 --data-dir ./data --durability strict
      rankd serve --host 0.0.0.0 --workers 4
      rankd serve --redis-url redis://:secret@10.0.0.5:6379/0
      RANKD_PORT=9000 rankd serve
    """
    given = {
        "host": host,
        "port": port,
        "data_dir": data_dir,
        "redis_url": redis_url,
        "workers": workers,
        "durability": durability,
        "min_replicas_ack": min_replicas_ack,
        "facades": facades,
        "close_periods": close_periods,
    }
    settings = settings_of(given)
    import asyncio  # noqa: PLC0415

    from rankd.serve import run  # noqa: PLC0415 - uvicorn, which client commands need not load

    async def load_sample(url: str) -> None:
        try:
            await asyncio.to_thread(_load_sample, settings, url)
        except Refusal as refusal:
            refusal.show()  # the service runs; only its sample is missing

    raise typer.Exit(run(settings, after_ready=load_sample if sample else None))


def _load_sample(settings: "Settings", url: str) -> None:
    """Fill the board and say where it is, with a line to paste; where the key is was said before."""
    key_file = settings.data_dir.expanduser().absolute() / "root.key"
    if settings.root_key:
        key, shown = settings.root_key, "$RANKD_ROOT_KEY"
    else:
        key = key_file.read_text("utf-8").strip()
        shown = f"$(cat {shlex.quote(str(key_file))})"
    with Client(url, key) as client:
        count = load(client)
    address = shlex.quote(f"{url}/v1/boards/{BOARD}/entries?limit=5")
    write(f"Sample board `{BOARD}`: {count} players")
    write(f'Try: curl -H "Authorization: Bearer {shown}" {address}')
