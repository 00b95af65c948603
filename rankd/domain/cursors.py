"""Cursors: a place in an order, opaque to clients.

A cursor holds where the page was, not how many rows came before, so it neither repeats nor skips what
stands still. It is bound to what it was made for, and carries the parameters of its page: on the next
request they may be left out, and one that differs makes the cursor stale. Everything in it is checked when
it comes back, so it needs no signature.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson

from rankd.errors import StaleCursor

_MAX_CHARS = 24_576  # a place among values of 256 characters, and the filters that led there


@dataclass(frozen=True, slots=True)
class Cursor:
    """`binding` names what it belongs to, `direction` is after or before, `place` is up to the reader."""

    binding: str
    direction: str
    place: str
    params: dict[str, Any]

    def check(self, binding: str) -> None:
        """Raises StaleCursor where it belongs elsewhere."""
        if self.binding != binding:
            raise StaleCursor(
                "the cursor belongs to another board, period or order (one that has ended since is read by its id); "
                "read the first page again"
            )

    def encode(self) -> str:
        fields = [self.binding, self.direction, self.place, self.params]
        return base64.urlsafe_b64encode(orjson.dumps(fields)).decode().rstrip("=")


def decode_cursor(text: str, given: dict[str, Any], defaults: dict[str, Any]) -> Cursor:
    """The cursor of a text. Raises StaleCursor where a given parameter differs."""
    cursor = _parsed(text)
    for name, value in given.items():
        if cursor.params.get(name, defaults.get(name)) != value:
            raise StaleCursor(
                f"{name} differs from the page the cursor came from; repeat it as it was, or leave it out"
            )
    return cursor


def _parsed(text: str) -> Cursor:
    try:
        if len(text) > _MAX_CHARS:
            raise ValueError
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        binding, direction, place, params = orjson.loads(raw)
        if direction not in ("after", "before") or not isinstance(place, str) or not isinstance(params, dict):
            raise ValueError
    except (ValueError, TypeError, binascii.Error):
        raise StaleCursor("this is not a cursor that a page has given; take `next` or `prev` as they are") from None
    return Cursor(str(binding), direction, place, params)
