"""The options that set a board's settings, one a setting, shared by `board put` and `board patch`."""

import inspect
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from rankd.cli.connection import parameter

PANEL = "Settings"


def _option(kind: Any, help_text: str, *names: str, metavar: str | None = None) -> Any:
    return Annotated[
        kind | None,
        typer.Option(*names, help=help_text, metavar=metavar, rich_help_panel=PANEL, show_default=False),
    ]


_SUBSCORES_HELP = "A number that orders equal scores, NAME or NAME:asc; up to four, in their order."
_OPTIONS: dict[str, Any] = {
    "name": _option(str, "What people see."),
    "description": _option(str, "A longer text."),
    "icon_url": _option(str, "An http or https address."),
    "enabled": _option(bool, "Whether it takes submissions.", "--enabled/--disabled"),
    "order": _option(Literal["desc", "asc"], "desc: high scores stand first; asc: low ones, as in a race."),
    "update": _option(
        Literal["best", "latest", "sum"],
        "What a further submission does: the better one stays, the later one, or they add.",
    ),
    "tie_break": _option(Literal["first", "last"], "Of equal scores, who stands above: who reached it first, or last."),
    "rank_style": _option(Literal["unique", "competition", "dense"], "Ranks of equal scores: 1,2,3 or 1,1,3 or 1,1,2."),
    "subscore": _option(list[str], _SUBSCORES_HELP, "--subscore", metavar="NAME[:ORDER]"),
    "file": _option(str, "JSON object of settings, - for stdin; options beside it win.", "--file", metavar="FILE"),
}
PARAMETERS: list[inspect.Parameter] = [parameter(name, kind, None) for name, kind in _OPTIONS.items()]


def settings_from(given: dict[str, Any]) -> dict[str, Any]:
    """The settings document: the file's, then what the options say."""
    settings = _read(given["file"]) if given["file"] else {}
    for name in _OPTIONS.keys() - {"file", "subscore"}:
        if given[name] is not None:
            settings[name] = given[name]
    if given["subscore"]:
        settings["subscores"] = [_subscore(text) for text in given["subscore"]]
    return settings


def _subscore(text: str) -> dict[str, str]:
    name, _, order = text.partition(":")
    if order not in ("", "asc", "desc") or not name:
        raise typer.BadParameter(f"{text!r} is not NAME, NAME:asc or NAME:desc", param_hint="--subscore")
    return {"name": name, "order": order or "desc"}


def _read(file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
        settings = json.loads(text)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file} is no readable JSON file: {error}", param_hint="--file") from None
    if not isinstance(settings, dict):
        raise typer.BadParameter(f"{file} holds no JSON object", param_hint="--file")
    return settings
