"""Fields of entries as tables and lists show them."""

from collections.abc import Sequence
from typing import Any


def field_cell(entry: dict[str, Any], name: str) -> object:
    """A field's value as --filter takes it."""
    value = (entry.get("fields") or {}).get(name)
    return str(value).lower() if isinstance(value, bool) else value


def are_numbers(entries: Sequence[dict[str, Any]], name: str) -> bool:
    values = [value for entry in entries if (value := (entry.get("fields") or {}).get(name)) is not None]
    return all(type(value) in (int, float) for value in values)


def field_texts(entry: dict[str, Any]) -> list[tuple[str, object]]:
    """A line a field, with the entry's rank by it where it has one."""
    ranks = entry.get("field_ranks") or {}
    return [
        (f"  {name}", f"{field_cell(entry, name)}" + (f" (rank {ranks[name]})" if name in ranks else ""))
        for name in entry.get("fields") or {}
    ]
