"""The Lua scripts of lua/, each with what it includes, ready to be called by digest."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_INCLUDE = re.compile(r"^-- @include (\w+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """One script. Its text is constant: what users send travels in KEYS and ARGV only."""

    name: str
    text: bytes
    digest: bytes
    writes: bool


def lua_folder() -> Traversable:
    """Where the scripts are: inside the installed package, or beside it in a checkout."""
    installed = files("rankd") / "lua"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "lua"


def expanded(name: str) -> str:
    """A script's text with its includes put in."""
    folder = lua_folder()
    return _INCLUDE.sub(
        lambda include: (folder / "lib" / f"{include[1]}.lua").read_text(encoding="utf-8"),
        (folder / f"{name}.lua").read_text(encoding="utf-8"),
    )


def _stripped(text: str) -> str:
    """The text without its comments, which the server would otherwise keep and a NOSCRIPT resend."""
    text = re.sub(r"--\[\[.*?\]\]\n?", "", text, flags=re.DOTALL)
    lines = (re.sub(r"(^|\s)--( .*|)$", "", line).rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


@cache
def load(name: str) -> Script:
    text = _stripped(expanded(name)).encode()
    digest = hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()
    return Script(name, text, digest, writes=b"no-writes" not in text.partition(b"\n")[0])
