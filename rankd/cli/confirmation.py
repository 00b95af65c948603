"""The question before something is lost for good. A script, which cannot be asked, is taken at its word."""

import sys
from typing import Annotated

import typer

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def ask(question: str, yes: bool) -> None:
    """On a terminal: goes on after a yes, ends the command after a no."""
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True)
