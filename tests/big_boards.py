"""A board of a million entries, soon: its arrays come from two processes at once, since one of Python takes twice
as long as the store to make them.

`python -m tests.big_boards URL DIRECTORY FIRST END` sends one process's share, through an app of its own.
"""

import asyncio
import hashlib
import itertools
import subprocess
import sys
from pathlib import Path

from rankd.store import scores
from tests.asgi_calls import Calls, lifespan
from tests.conftest import ROOT_KEY, app_on

BOARD = "/v1/boards/b"
RULES = {"update": "latest", "subscores": [{"name": "s", "order": "asc"}]}
DISTINCT_SCORES = 200_000  # ties of five on average
PROCESSES = 2
AT_ONCE = 2  # arrays of a process: one is made while the store applies the other
ARRAY = 500
ATTEMPTS = 10


def member_of(number: int) -> str:
    """The board's member of a number, in the form of a UUID: as long as usual, and in no order."""
    name = hashlib.md5(b"member %d" % number, usedforsecurity=False).hexdigest()
    return f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"


def load(url: str, directory: Path, entries: int) -> None:
    """Writes the first so many members to the board, which is there, by submissions; an error of any raises."""
    bounds = [entries * share // PROCESSES for share in range(PROCESSES + 1)]
    command = [sys.executable, "-m", "tests.big_boards", url, str(directory)]
    children = [
        subprocess.Popen([*command, str(first), str(end)], cwd=Path(__file__).parents[1])
        for first, end in itertools.pairwise(bounds)
    ]
    statuses = [child.wait() for child in children]
    assert statuses == [0] * PROCESSES


def array_of(first: int, end: int) -> bytes:
    """A request's body."""
    rows = []
    for number in range(first, end):
        drawn = int.from_bytes(hashlib.md5(b"score %d" % number, usedforsecurity=False).digest()[:8])
        score, subscore = drawn % DISTINCT_SCORES, drawn // DISTINCT_SCORES % 3
        rows.append(f'{{"member":"{member_of(number)}","score":{score},"subscore":{subscore}}}')
    return f"[{','.join(rows)}]".encode()


async def send_share(url: str, directory: Path, first: int, end: int) -> None:
    """Sends the members from `first` up to `end`, in arrays."""
    app = app_on(url, directory)
    async with lifespan(app):
        call, starts = Calls(app, ROOT_KEY), iter(range(first, end, ARRAY))

        async def send_arrays() -> None:
            for start in starts:
                await send(call, array_of(start, min(start + ARRAY, end)))

        await asyncio.gather(*(send_arrays() for _ in range(AT_ONCE)))


async def send(call: Calls, array: bytes) -> None:
    """One array; again where a machine that stood still left its outcome open, as the latest score is the same."""
    for _ in range(ATTEMPTS):
        answer = await call("POST", BOARD + "/scores", array)
        if answer.status != 503:
            break
    assert answer.status == 200 and b'"code"' not in answer.body, answer.body[:500]


if __name__ == "__main__":
    # What they write is the same, only sooner: that calls of the usual size are short is looked at later.
    scores.MAX_ENTRIES_A_CALL = ARRAY
    asyncio.run(send_share(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
