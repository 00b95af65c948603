"""How untrusted text becomes safe to print: names and details come from players and foreign servers.

A terminal obeys control characters, and bidirectional overrides make one name look like another, so both
are shown as escapes. Letters of every script, emoji and their joiners stay as they are.
"""

import json
import re
import unicodedata
from typing import Any

_JOINERS = "\u200c\u200d"
_UNSAFE_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def _is_unsafe(char: str) -> bool:
    return unicodedata.category(char) in _UNSAFE_CATEGORIES and char not in _JOINERS


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def clean(value: object) -> str:
    """`value` as one line of text without anything a terminal would obey."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if _is_unsafe(char) else char for char in text)


def isolated(text: str) -> str:
    """Right-to-left text kept from reordering its neighbours on a terminal that knows directions."""
    if any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text):
        return f"{_ISOLATE}{text}{_END_ISOLATE}"
    return text


def _json_escape(match: re.Match[str]) -> str:
    char = match.group()
    if char == "\n" or not _is_unsafe(char):
        return char
    return json.dumps(char)[1:-1]


def as_json(document: Any) -> str:
    """Indented JSON, int64 exact, unsafe characters as JSON escapes."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return text if text.isascii() else re.sub(r"[^\x20-\x7e]", _json_escape, text)
