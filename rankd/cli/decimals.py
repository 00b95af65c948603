"""Whole scores with the decimals that their board shows: 12345 with two is 123.45. What is sent stays whole."""

import re
from collections.abc import Mapping
from typing import Any

MAX_DECIMALS = 9
_WHOLE = re.compile(r"([+-]?)([0-9]+)")


def decimals_of(answer: Mapping[str, Any]) -> int:
    """The decimals that an answer's scores have; none where it does not say so."""
    found = answer.get("decimals")
    return found if type(found) is int and 0 <= found <= MAX_DECIMALS else 0


def decimal_text(score: Any, decimals: int) -> Any:
    """A score as people read it, all of a board with equally many decimals, so that right-aligned points align."""
    found = _WHOLE.fullmatch(str(score))
    if not decimals or not found:
        return score
    sign, digits = found.groups()
    digits = digits.zfill(decimals + 1)
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
