"""The options that name a server's settings, and the settings they make: shared by `serve` and `doctor`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rankd.cli.failures import plain

if TYPE_CHECKING:
    from rankd.settings import Settings

Host = Annotated[
    str | None,
    typer.Option(
        envvar="RANKD_HOST",
        metavar="ADDRESS",
        help="Address to listen on. Default: 127.0.0.1",
        show_default=False,
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        envvar="RANKD_PORT",
        metavar="PORT",
        min=0,
        max=65535,
        help="Port to listen on; 0 takes a free one. Default: 8080",
        show_default=False,
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        envvar="RANKD_DATA_DIR",
        metavar="DIR",
        show_default=False,
        help="Directory of the root key and the embedded store. Default: ~/.local/share/rankd",
    ),
]
RedisUrl = Annotated[
    str | None,
    typer.Option(
        envvar="RANKD_REDIS_URL",
        metavar="URL",
        show_default=False,
        help="An own Redis or Valkey, as redis://HOST:6379/0. Without it one is embedded.",
    ),
]
Durability = Annotated[
    Literal["standard", "replicated", "strict"] | None,
    typer.Option(
        envvar="RANKD_DURABILITY",
        metavar="MODE",
        show_default=False,
        help="What an acknowledged score survives. standard: a crash of rankd or the store; strict: a power"
        " cut too; replicated: the loss of a machine. Default: standard",
    ),
]
MinReplicasAck = Annotated[
    int | None,
    typer.Option(
        envvar="RANKD_MIN_REPLICAS_ACK",
        metavar="N",
        min=0,
        max=10,
        show_default=False,
        help="Replicas that have a score before it is acknowledged. Default: 0",
    ),
]

Facades = Annotated[
    str | None,
    typer.Option(
        envvar="RANKD_FACADES",
        metavar="NAMES",
        show_default=False,
        help="Systems whose APIs are served too, comma-separated; '' for none. Default: gamepot,scill,gamesparks,lead",
    ),
]
ClosePeriods = Annotated[
    bool | None,
    typer.Option(
        "--close-periods/--no-close-periods",
        envvar="RANKD_CLOSE_PERIODS",
        show_default=False,
        help="Whether this server closes periods that are over; one that does is enough. Default: it does",
    ),
]


def settings_of(given: dict[str, Any]) -> "Settings":
    """The settings of the environment, under the options that were given; a bad one is a usage error."""
    from pydantic import ValidationError  # noqa: PLC0415 - with the settings, 250 ms that clients need not pay

    from rankd.settings import Settings  # noqa: PLC0415

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        faults = [
            f"RANKD_{'.'.join(map(str, fault['loc'])).upper()}: {plain(fault['msg'])}" for fault in error.errors()
        ]
        raise typer.BadParameter("; ".join(faults)) from None
