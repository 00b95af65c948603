"""The scripts hold the form that lua/README.md describes."""

import re
from pathlib import Path

import pytest

from rankd.store.scripts import expanded, load, lua_folder

SCRIPTS = sorted(path.stem for path in Path(str(lua_folder())).glob("*.lua"))
FORBIDDEN = (
    "KEYS",
    "DEL",
    "ZUNIONSTORE",
    "ZINTERSTORE",
    "COPY",
    "SORT",
    "HGETALL",
    "HKEYS",
    "HVALS",
    "SMEMBERS",
    "SCAN",
)
# What these hold is bounded by what boards keep: a few windows a period, a number a day.
BOUNDED = {"read_periods": {"HGETALL"}, "ban": {"HKEYS"}}
READS = {
    *("ZCARD", "ZRANK", "ZREVRANK", "ZRANGE", "ZREVRANGE", "ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZCOUNT", "ZLEXCOUNT"),
    *("HGET", "HMGET", "HEXISTS", "EXISTS", "GET", "TIME", "HGETALL", "HSCAN", "ZSCORE"),
}


def source(name: str) -> str:
    return (Path(str(lua_folder())) / f"{name}.lua").read_text(encoding="utf-8")


def header(name: str) -> str:
    return source(name).partition("]]")[0]


def documented(name: str, what: str) -> list[str]:
    """The names in the header's lines `KEYS[n] name ...`, without those for a variable number."""
    return re.findall(rf"^{what}\[\d+\] (\w+)", header(name), re.MULTILINE)


def bound(name: str, what: str) -> list[str]:
    """The names that one line of the code binds to KEYS or ARGV, in order."""
    code = source(name).partition("]]")[2]
    match = re.search(
        rf"^local ([\w,\s]+?) =\s+((?:tonumber\()?{what}\[1\][^\n]*(?:\n  [^\n]*{what}\[[^\n]*)*)", code, re.MULTILINE
    )
    if match is None:
        return []
    names = [one.strip() for one in match[1].split(",")]
    indexes = [int(index) for index in re.findall(rf"{what}\[(\d+)\]", match[2])]
    return names[: len(indexes)] if indexes == list(range(1, len(indexes) + 1)) else ["out of order"]


def commands(name: str) -> set[str]:
    code = expanded(name).partition("]]")[2]
    return set(re.findall(r"redis\.call\('(\w+)'", code)) | set(re.findall(r"'(Z\w+|H\w+)'", code))


@pytest.mark.parametrize("name", SCRIPTS)
def test_begins_with_a_shebang_so_that_a_full_store_refuses_it_before_it_starts(name: str) -> None:
    assert source(name).startswith("#!lua")


@pytest.mark.parametrize("name", SCRIPTS)
def test_header_says_purpose_returns_errors_and_cost(name: str) -> None:
    text = header(name)
    for part in ("Returns {call", "Errors: ", "Cost: O("):
        assert part in text, part
    assert re.match(r"#!lua[^\n]*\n--\[\[\n[A-Z][^\n]+", text)


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("what", ["KEYS", "ARGV"])
def test_header_names_what_the_code_binds(name: str, what: str) -> None:
    assert bound(name, what) == documented(name, what)
    assert documented(name, "ARGV")[0] == "call"


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_key_has_a_type_and_a_meaning(name: str) -> None:
    for line in re.findall(r"^KEYS\[.*$", header(name), re.MULTILINE):
        assert re.search(r"\s(hash|zset|set|string|stream)\s+\S", line), line


@pytest.mark.parametrize("name", SCRIPTS)
def test_uses_no_command_that_could_hold_the_store(name: str) -> None:
    assert not commands(name) & set(FORBIDDEN) - BOUNDED.get(name, set())
    for offset in re.findall(r"'LIMIT', (\w+)", expanded(name)):
        assert offset == "0"


@pytest.mark.parametrize("name", SCRIPTS)
def test_writes_only_where_it_does_not_promise_otherwise(name: str) -> None:
    if load(name).writes:
        assert commands(name) - READS, "declare flags=no-writes"
    else:
        assert commands(name) <= READS


@pytest.mark.parametrize("name", SCRIPTS)
def test_reads_the_clock_once(name: str) -> None:
    assert expanded(name).count("redis.call('TIME')") <= 1


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_function_and_variable_is_local(name: str) -> None:
    code = expanded(name).partition("]]")[2]
    assert not re.findall(r"^\s*function ", code, re.MULTILINE)


def test_every_included_file_is_used() -> None:
    used = {include for name in SCRIPTS for include in re.findall(r"@include (\w+)", source(name))}
    files = {path.stem for path in (Path(str(lua_folder())) / "lib").glob("*.lua")}
    assert used == files
