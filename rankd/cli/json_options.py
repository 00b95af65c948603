"""Options whose value is JSON."""

import json
from typing import Any

import typer


def json_value(text: str, option: str) -> Any:
    """The value, or a usage error that names the option."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint=option) from None


def json_object(text: str, option: str) -> dict[str, Any]:
    """The value, which has to be an object."""
    value = json_value(text, option)
    if not isinstance(value, dict):
        raise typer.BadParameter("not a JSON object", param_hint=option)
    return value
