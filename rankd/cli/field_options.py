"""Fields as options write them: `country:segment`, `time_ms:integer:rank=asc`."""

from collections.abc import Mapping
from typing import Any

import typer

FIELD_FORM = "NAME[:TYPE][:segment][:rank=asc|desc][:hidden][:format=WORD]"
_TYPES = ("string", "integer", "number", "boolean", "date")
_RANKS = ("rank=asc", "rank=desc")


def field_rule(text: str) -> dict[str, Any]:
    """The document of a `--field`. What a name may be is the server's word."""
    name, *parts = text.split(":")
    rule: dict[str, Any] = {"name": name}
    for part in parts:
        if part in _TYPES and "type" not in rule:
            rule["type"] = part
        elif part == "segment" and "segment" not in rule:
            rule["segment"] = True
        elif part in _RANKS and "rank" not in rule:
            rule["rank"] = part.removeprefix("rank=")
        elif part == "hidden" and "hidden" not in rule:
            rule["hidden"] = True
        elif part.startswith("format=") and "format" not in rule:
            rule["format"] = part.removeprefix("format=")
        else:
            raise typer.BadParameter(
                f"{part!r} in {text!r}: write {FIELD_FORM}, with TYPE one of {', '.join(_TYPES)}", param_hint="--field"
            )
    return rule


def field_text(rule: Mapping[str, Any]) -> str:
    """The `--field` that a rule is."""
    parts = [str(rule.get("name")), str(rule.get("type"))]
    parts += [name for name in ("segment", "hidden") if rule.get(name)]
    parts += [f"{name}={rule[name]}" for name in ("rank", "format") if rule.get(name)]
    return ":".join(parts)
