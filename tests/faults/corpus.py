"""Malformed input: bodies, query strings and headers that have to be refused, and a few odd ones that
are right. Each has a name, so that a failing one is found.
"""

import json
from collections.abc import Iterator

INT64_EDGE = 2**63


def _score(token: str) -> bytes:
    return b'{"member":"u1","score":' + token.encode() + b"}"


NOT_JSON_TOKENS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "01",
    "+1",
    ".5",
    "1.",
    "--1",
    "-",
    "0x10",
    "1_000",
    "True",
    "undefined",
]
WRONG_NUMBERS = [
    "1.0", "1e3", "1E3", "-1.5", "1e-5", "true", "false", "null", '"01"', '"+1"', '"1.0"', '" 1"', '"1 "',
    '"1e3"', '""',
    '"--1"', '"0x10"', '"NaN"', '"٣"', '"1_0"', '"1\\n"', "[]", "{}", "[1]",
    str(INT64_EDGE), str(-INT64_EDGE - 1), f'"{INT64_EDGE}"', f'"{-INT64_EDGE - 1}"', str(2**64), str(10**30),
]  # fmt: skip
HUGE_NUMBERS = ["1e999", "-1e999", "9" * 400, "-" + "9" * 5000, '"' + "9" * 400 + '"', '"' + "9" * 5000 + '"']
RIGHT_NUMBERS = {
    "0": 0, "-0": 0, '"-0"': 0, '"12"': 12, '"-7"': -7,
    str(INT64_EDGE - 1): INT64_EDGE - 1, str(-INT64_EDGE): -INT64_EDGE, f'"{-INT64_EDGE}"': -INT64_EDGE,
}  # fmt: skip


def nested(depth: int) -> bytes:
    """A submission nested that deep, its own braces counted."""
    return b'{"member":"u1","score":1,"metadata":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def unreadable_bodies() -> Iterator[tuple[str, bytes]]:
    """Not JSON as rankd takes it: 400."""
    for token in NOT_JSON_TOKENS:
        yield f"score {token}", _score(token)
    yield "empty", b""
    yield "blank", b"  \n"
    yield "cut off", b'{"member":"u1","score":1'
    yield "two values", b'{"member":"u1","score":1}{}'
    yield "single quotes", b"{'member':'u1','score':1}"
    yield "comment", b'{"member":"u1","score":1/**/}'
    yield "trailing comma", b'{"member":"u1","score":1,}'
    yield "bom", b"\xef\xbb\xbf" + _score("1")
    yield "utf-16", _score("1").decode().encode("utf-16")
    yield "bad utf-8", b'{"member":"u\xff1","score":1}'
    yield "overlong utf-8", b'{"member":"u\xc0\xaf","score":1}'
    yield "surrogate in utf-8", b'{"member":"u\xed\xa0\x80","score":1}'
    yield "raw NUL", b'{"member":"u\x001","score":1}'
    yield "raw newline in text", b'{"member":"u\n1","score":1}'
    yield "lone high surrogate", b'{"member":"u\\ud800","score":1}'
    yield "lone low surrogate", b'{"member":"u\\udc00","score":1}'
    yield "surrogates in the wrong order", b'{"member":"\\udc00\\ud800","score":1}'
    yield "lone surrogate in metadata", b'{"member":"u1","score":1,"metadata":["\\ud800"]}'
    yield "NaN in metadata", b'{"member":"u1","score":1,"metadata":[NaN]}'
    yield "duplicate key", b'{"member":"u1","score":1,"score":2}'
    yield "duplicate key, escaped", b'{"member":"u1","score":1,"\\u0073core":2}'
    yield "duplicate key in metadata", b'{"member":"u1","score":1,"metadata":{"a":1,"a":2}}'
    yield "duplicate key in an array", b'[{"member":"u1","score":1},{"member":"u2","score":1,"score":2}]'
    yield "depth 17", nested(17)
    yield "depth 17, objects", b'{"member":"u1","score":1,"metadata":' + b'{"a":' * 16 + b"1" + b"}" * 17
    yield "depth 10,000", nested(10_000)


def misshapen_bodies() -> Iterator[tuple[str, bytes]]:
    """JSON of the wrong shape or range: 422."""
    for token in WRONG_NUMBERS:
        yield f"score {token}", _score(token)
    for member in [
        "",
        "a\u0000b",
        "a\nb",
        "a\u0085b",
        "a\u007fb",
        "m" * 257,
        "é" * 129,
        7,
        None,
        True,
        ["u1"],
        {"id": 1},
    ]:
        yield f"member {member!r:.20}", json.dumps({"member": member, "score": 1}).encode()
    for body in [1, "x", None, True, {}, {"member": "u1"}, {"score": 1}, [], [1] * 1001]:
        yield f"body {body!r:.20}", json.dumps(body).encode()
    yield "1001 items", json.dumps([{"member": f"u{i}", "score": 1} for i in range(1001)]).encode()
    for key, value in {
        "scores": 1, "Score": 1, "__proto__": {}, "": 1, "subscores": {"unknown": 1}, "subscore": 1,
        "metadata": "m" * 2049,
        "score\u0000": 1,
    }.items():  # fmt: skip
        yield f"extra key {key!r}", json.dumps({"member": "u1", "score": 1, key: value}).encode()


def parser_breaking_bodies() -> Iterator[tuple[str, bytes]]:
    """What breaks parsers; it does not matter which fault is seen first: 400, 413 or 422."""
    yield "depth 100,000", nested(100_000)
    for token in HUGE_NUMBERS:
        yield f"score {token:.12}", _score(token)


def oversized_bodies() -> Iterator[tuple[str, bytes]]:
    """413."""
    yield "object past 64 KiB", b'{"member":"u1","score":1,"metadata":"' + b"m" * 65_536 + b'"}'
    yield "array past 1 MiB", b"[" + b'{"member":"u1","score":1},' * 45_000 + b'{"member":"u1","score":1}]'


BAD_QUERIES = [
    "limit=0", "limit=-1", "limit=1001", "limit=1.5", "limit=abc", "limit=", "limit=%00", "limit=%FF",
    "limit=1e2", "limit=٣",
    "limit=" + "9" * 400, "limit=" + "9" * 5000, "limit=+1", "limit=01",
    "offset=-1", "offset=abc", "offset=" + "9" * 400,
    "rank=0", "rank=-1", "rank=abc", "rank=" + "9" * 400,
    "score_min=1.5", "score_min=1e3", "score_min=NaN", "score_min=inf", f"score_min={INT64_EDGE}",
    "score_max=abc",
    "score_max=" + "9" * 5000, f"score_max={-INT64_EDGE - 1}",
    "int64=yes", "cursor=x", "cursor=%00", "cursor=%FF%FE", "cursor=" + "A" * 4000, "cursor=e30",
    "cursor=bnVsbA==",
    "cursor=../../x", "cursor={}",
    "period=nonsense",
]  # fmt: skip

BAD_IDEMPOTENCY_KEYS = ["", "k" * 129, "k" * 5000]
BAD_CREDENTIALS = [
    {}, {"Authorization": ""}, {"Authorization": "Bearer"},
    {"Authorization": "Basic dTpw"},
    {"Authorization": "Bearer x"}, {"Authorization": "Bearer rk_"}, {"Authorization": "Bearer rk__"},
    {"Authorization": "Bearer rk_abcdefgh_" + "a" * 38}, {"Authorization": "Bearer " + "a" * 8000},
    {"Authorization": "Bearer {}:*?"}, {"Authorization": "Bearer a.b.c" + "x" * 64}, {"X-API-Key": ""},
    {"X-API-Key": "x"},
    {"X-API-Key": "rk_{a}_b"}, {"Authorization": b"Bearer \xff\xfe"}, {"X-API-Key": b"\xc3\xa9" * 20},
]  # fmt: skip
