"""The form of the recordings, and what plays them against an app.

A file is a list of steps, played in order against one app. A step begins with `### what it shows`, then has the
request as it goes over the wire, a line `===` with the expected status, headers to look at, and the expected body:

    ### Register a score
    POST /gpapps/v2/leaderboardlogs
    content-type: application/json
    x-api-key: {key}

    {"leaderboardId": "lb", "userId": "u1", "score": 10}
    === 200
    content-type: application/json

    {"leaderboardlog": {"user_id": "u1", "score": 10, "expiredAt": "<instant>"}}

A line `@ 2023-01-26T19:46:07-08:00` before the request puts the clocks there, where the player has clocks to move.
`{word}` in a request is replaced by the player's values (`{root}` is the root key). Header lines that are not looked
at are left out of what is expected. An expected body that is JSON is compared field by field, no key more or less;
any other is compared byte for byte, without the line end that closes it here. Wildcards stand for whole values:
`<instant>`, `<base64>`, `<text>` (not empty), `<any>`. A step without a body expects what `===` says alone; `===
204 empty` expects a body of no bytes, and after `=== 200 exact` JSON too is compared byte for byte.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.asgi_calls import Answer, request


@dataclass(frozen=True)
class Step:
    """One request with the answer it must have; `body` is None where it does not matter."""

    title: str
    at: str | None
    method: str
    target: str
    headers: list[tuple[str, str]]
    content: str
    status: int
    answer_headers: list[tuple[str, str]]
    body: str | None
    is_exact: bool = False


def steps_of(file: Path) -> Iterator[Step]:
    for text in re.split(r"(?m)^### ", file.read_text("utf-8"))[1:]:
        title, _, rest = text.partition("\n")
        sent, marker, expected = rest.partition("\n=== ")
        assert marker, f"{file.name}: {title} expects nothing"
        sent = sent.strip("\n")
        at = None
        if sent.startswith("@ "):
            at, _, sent = sent.removeprefix("@ ").partition("\n")
        head, _, content = sent.partition("\n\n")
        line, *headers = head.split("\n")
        method, _, target = line.partition(" ")
        outcome, _, body = expected.strip("\n").partition("\n\n")
        words, *answer_headers = outcome.split("\n")
        status, _, how = words.partition(" ")
        wanted = "" if how == "empty" else body or None
        pairs, wanted_pairs = _pairs(headers), _pairs(answer_headers)
        yield Step(title, at, method, target, pairs, content, int(status), wanted_pairs, wanted, how == "exact")


def _pairs(lines: list[str]) -> list[tuple[str, str]]:
    return [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


async def play(app: Any, file: Path, values: Mapping[str, str], clock: Callable[[str], Any] | None = None) -> None:
    """Plays a file's steps; the first that is answered otherwise fails, with both answers."""
    for step in steps_of(file):
        if step.at is not None:
            assert clock, f"{file.name}: {step.title} needs clocks that can be moved"
            clock(step.at)
        answer = await send(app, step, values)
        shown = f"{file.name}: {step.title}\n{answer.status} {answer.body.decode()}"
        assert answer.status == step.status, shown
        for name, value in step.answer_headers:
            assert answer.headers.get(name) == value, f"{shown}\n{name}: {answer.headers.get(name)}"
        if step.body is not None:
            differences = list(compared(step.body, answer.body.decode(), is_exact=step.is_exact))
            assert not differences, "\n".join([shown, *differences])


async def send(app: Any, step: Step, values: Mapping[str, str]) -> Answer:
    headers = [(name, _filled(value, values)) for name, value in step.headers]
    content = _filled(step.content, values).encode()
    if any(value.startswith("multipart/") for _, value in headers):
        content = content.replace(b"\n", b"\r\n")
    if content:
        headers.append(("content-length", str(len(content))))
    sent = [(b"host", b"test"), *[(name.encode(), value.encode("latin-1")) for name, value in headers]]
    return await request(app, step.method, _filled(step.target, values), sent, content)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: values.get(found[1], found[0]), text)


def compared(wanted: str, given: str, *, is_exact: bool = False) -> Iterator[str]:
    """Where a body is not what it must be, a line each."""
    try:
        value = json.loads("" if is_exact else wanted)  # nothing is not JSON
    except ValueError:
        if wanted != given:
            yield f"wanted {wanted!r}, got {given!r}"
        return
    try:
        yield from differences("", value, json.loads(given))
    except ValueError:
        yield "not JSON"


def differences(place: str, wanted: Any, given: Any) -> Iterator[str]:
    """A line for each place at which a value is not the one wanted; types count, 1 is neither 1.0 nor true."""
    if isinstance(wanted, str) and wanted in WILDCARDS:
        if not WILDCARDS[wanted](given):
            yield f"{place}: wanted {wanted}, got {given!r}"
    elif type(wanted) is not type(given):
        yield f"{place}: wanted {wanted!r}, got {given!r}"
    elif isinstance(wanted, dict):
        for name in wanted.keys() | given.keys():
            if name not in given or name not in wanted:
                yield f"{place}/{name}: {'is missing' if name in wanted else 'was not expected'}"
            else:
                yield from differences(f"{place}/{name}", wanted[name], given[name])
    elif isinstance(wanted, list):
        if len(wanted) != len(given):
            yield f"{place}: wanted {len(wanted)} items, got {len(given)}"
        for index, (one, other) in enumerate(zip(wanted, given, strict=False)):
            yield from differences(f"{place}/{index}", one, other)
    elif wanted != given:
        yield f"{place}: wanted {wanted!r}, got {given!r}"


def _is_instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_base64(value: Any) -> bool:
    try:
        return bool(base64.b64decode(value, validate=True))
    except (TypeError, ValueError):
        return False


WILDCARDS: dict[str, Callable[[Any], bool]] = {
    "<instant>": _is_instant,
    "<base64>": _is_base64,
    "<text>": lambda value: isinstance(value, str) and value != "",
    "<any>": lambda _: True,
}
