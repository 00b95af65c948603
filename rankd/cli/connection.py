"""Options that every client command shares, and how they become a client: written once, added to each."""

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from rankd.cli.client import EXAMPLE_URL, Client, is_loopback, server_url
from rankd.cli.failures import Refusal, WrongUsage
from rankd.cli.output import Output

DEFAULT_URL = EXAMPLE_URL
# Settings name the same directory; importing them costs more than a whole client command.
DEFAULT_DATA_DIR = "~/.local/share/rankd"
PANEL = "Connection"

DataDir = Annotated[
    Path | None,
    typer.Option(
        envvar="RANKD_DATA_DIR",
        metavar="DIR",
        rich_help_panel=PANEL,
        show_default=False,
        help=f"Where a server on this machine keeps root.key, which is used without --key. Default: {DEFAULT_DATA_DIR}",
    ),
]
_OPTIONS: dict[str, tuple[Any, Any]] = {
    "url": (
        Annotated[str, typer.Option(envvar="RANKD_URL", metavar="URL", rich_help_panel=PANEL, help="The server.")],
        DEFAULT_URL,
    ),
    "key": (
        Annotated[
            str | None,
            typer.Option(
                envvar="RANKD_KEY",
                metavar="KEY",
                rich_help_panel=PANEL,
                show_default=False,
                help="API key. Without one the root key of a server on this machine is read.",
            ),
        ],
        None,
    ),
    "data_dir": (DataDir, None),
    "project": (
        Annotated[
            str | None,
            typer.Option(
                metavar="ID",
                rich_help_panel=PANEL,
                show_default=False,
                help="Project the root key acts in. Default: default",
            ),
        ],
        None,
    ),
    "machine": (
        Annotated[bool, typer.Option("--json", rich_help_panel=PANEL, help="Print the server's answer as JSON.")],
        False,
    ),
}


def parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    """An option as typer reads it from a signature."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def find_key(url: str, key: str | None, data_dir: Path | None) -> tuple[str, Path | None]:
    """The key given, else the root key of this machine's server, which is never sent anywhere else.

    With it the file it was read from, None of a key that was given.
    """
    _refuse_empty(key)
    if key:
        return key, None
    file = (data_dir or Path(DEFAULT_DATA_DIR)).expanduser() / "root.key"
    if not is_loopback(server_url(url)):
        raise Refusal(
            "No API key given",
            url,
            f"The root key of this machine is not sent to another one ({file}).",
            "Pass --key or set RANKD_KEY.",
        )
    try:
        return file.read_text("utf-8").strip(), file
    except OSError as error:
        raise Refusal(
            "No API key given, and the root key cannot be read",
            str(file),
            error.strerror or str(error),
            "Pass --key or set RANKD_KEY, or name the server's directory with --data-dir."
            "\nA first `rankd serve` writes the file.",
        ) from None


def _refuse_empty(key: str | None) -> None:
    """A script whose key got lost shall not act with the root key instead."""
    # Typer takes an empty variable for none, so it is looked up here.
    found = os.environ.get("RANKD_KEY") if key is None else key  # noqa: TID251 - whether it is empty, no setting
    if found is not None and not found.strip():
        option = "RANKD_KEY" if key is None else "--key"
        raise WrongUsage(
            "The API key is empty",
            option,
            "The root key is read only where no key is named at all.",
            f"Give {option} a value, or leave it out (unset RANKD_KEY).",
        )


def _indented_examples(doc: str) -> str:
    """Typer dedents examples that follow the first sentence at once, unless an empty paragraph is between."""
    first, gap, rest = doc.partition("\n\n")
    return f"{first}{gap}{gap}{rest}" if rest.lstrip().startswith("Examples:") else doc


def _never(_given: Mapping[str, Any]) -> bool:
    return False


def client_command(
    app: typer.Typer,
    name: str,
    more: Sequence[inspect.Parameter] = (),
    without_server: Callable[[Mapping[str, Any]], bool] = _never,
    **options: Any,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register `command(client, out, ...)`: its own options, then `more`, then the shared ones.

    `without_server` says of what was given whether it needs no server: `client` is None then, no key is looked for.
    """

    def register(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        own = [p for p in list(signature.parameters.values())[2:] if p.kind is not p.VAR_KEYWORD]
        shared = [parameter(option, *kind) for option, kind in _OPTIONS.items()]

        def run(**given: Any) -> None:
            url, key, data_dir, project, machine = (given.pop(option) for option in _OPTIONS)
            if without_server(given):
                command(None, Output(machine), **given)
                return
            found, file = find_key(url, key, data_dir)
            with Client(url, found, project, file) as client:
                command(client, Output(machine), **given)

        ordered = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
        run.__signature__ = signature.replace(parameters=[*ordered, *more, *shared])  # type: ignore[attr-defined]
        run.__doc__ = _indented_examples(command.__doc__ or "")
        run.__name__ = command.__name__
        app.command(name, **options)(run)
        return command

    return register
