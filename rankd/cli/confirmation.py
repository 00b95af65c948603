"""The question before something is lost for good. A script, which cannot be asked, says --yes."""

import sys
from typing import Annotated

import typer

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. Needed where no terminal is there to ask on.")]


def ask(question: str, yes: bool) -> None:
    """Goes on after a yes, ends the command after a no. Without a terminal only --yes is a yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"{question} There is no terminal to ask on: give --yes", param_hint="--yes")
    typer.confirm(question, abort=True)
