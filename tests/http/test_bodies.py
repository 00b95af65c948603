"""Bodies that other systems' clients send."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rankd.errors import BadRequest, RankdError, TooLarge, UnsupportedType
from rankd.http.bodies import form_pairs, json_object, query_pairs
from rankd.http.endpoints import Call
from rankd.settings import Settings

URLENCODED = "application/x-www-form-urlencoded"
NAMELESS = b"--xx\r\nContent-Disposition: form-data\r\n\r\n"
PAIRS = [("win", "7"), ("mods", "a b&c=d"), ("mods", ""), ("é", "ü\n")]


class _Services:
    settings = Settings(max_body_bytes=2000)


def call_with(body: bytes, kind: str | None, query: bytes = b"", **headers: str) -> Call:
    """A call whose body comes in pieces of 7 bytes."""
    pieces = [body[start : start + 7] for start in range(0, len(body), 7)] or [b""]
    messages = [
        {"type": "http.request", "body": piece, "more_body": index < len(pieces)}
        for index, piece in enumerate(pieces, 1)
    ]

    async def receive() -> Any:
        return messages.pop(0)

    sent = {**({"content-type": kind} if kind else {}), **headers}
    if body:
        sent["content-length"] = str(len(body))
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {"headers": raw, "rankd.headers": dict(raw), "rankd.request_id": "r", "query_string": query}
    return Call(scope, receive, _Services())  # type: ignore[arg-type] - all that bodies reach


def multipart(pairs: list[tuple[str, str]], extra: str = "") -> bytes:
    parts = [f'--xx\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n{text}\r\n' for name, text in pairs]
    return ("".join(parts) + "--xx--\r\n").encode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"win=7&mods=a+b%26c%3Dd&mods=&%C3%A9=%C3%BC%0A&", URLENCODED),
        (b"win=7&mods=a%20b%26c=d&mods&%C3%A9=%C3%BC%0A", URLENCODED.upper() + "; charset=utf-8"),
        (multipart(PAIRS), "multipart/form-data; boundary=xx"),
    ],
)
async def test_forms_give_their_fields_in_order_repeats_included(body: bytes, kind: str) -> None:
    assert await form_pairs(call_with(body, kind)) == PAIRS


async def test_no_body_is_an_empty_form() -> None:
    assert await form_pairs(call_with(b"", None)) == []
    assert await json_object(call_with(b"", "application/json")) == {}


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b'{"win": 7}', "application/json", UnsupportedType),
        (b"win=7", None, UnsupportedType),
        (b"win=%ff", URLENCODED, BadRequest),
        (b"a=" + b"x" * 3000, URLENCODED, TooLarge),
        (multipart(PAIRS), "multipart/form-data", BadRequest),
        (multipart(PAIRS)[:60], "multipart/form-data; boundary=yy", BadRequest),
        (multipart(PAIRS, '; filename="x"'), "multipart/form-data; boundary=xx", BadRequest),
        (NAMELESS + b"1\r\n--xx--\r\n", "multipart/form-data; boundary=xx", BadRequest),
    ],
)
async def test_what_is_no_form_is_refused(body: bytes, kind: str | None, error: type[RankdError]) -> None:
    with pytest.raises(error):
        await form_pairs(call_with(body, kind))


async def test_json_is_read_whatever_type_it_is_said_to_have() -> None:
    value = {"leaderboardId": "lb", "offset": 0}
    for kind in (None, "text/plain", "application/json; charset=utf-8"):
        assert await json_object(call_with(json.dumps(value).encode(), kind)) == value


@pytest.mark.parametrize("body", [b"[1]", b"7", b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"\xff"])
async def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        await json_object(call_with(body, None))


async def test_a_compressed_body_is_refused() -> None:
    readers: list[Callable[[Call], Any]] = [form_pairs, json_object]
    for reader in readers:
        with pytest.raises(UnsupportedType):
            await reader(call_with(b"x", URLENCODED, **{"content-encoding": "gzip"}))


async def test_query_parameters_keep_their_repeats() -> None:
    assert query_pairs(call_with(b"", None, b"filter=a,b&filter=c,&count=")) == [
        ("filter", "a,b"),
        ("filter", "c,"),
        ("count", ""),
    ]
