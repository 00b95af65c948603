"""Every key name, and nothing else makes one.

| key | type | holds |
|---|---|---|
| `rankd:{project/board}:board` | hash | definition, revision, generation, born, index, arrival, metadata |
| `rankd:{project/board}:order:<period>.<generation>` | zset | the entries in order: sort prefix + member id |
| `rankd:{project/board}:entries:<period>.<generation>` | hash | member id -> record |
| `rankd:{project/board}:distinct:<period>.<generation>` | zset | the distinct values of a dense board |
| `rankd:{project/board}:call:<call id>` | string | a script call's replies for 60 s, for a repeat of it |
| `rankd:{project/board}:operations:<born>.<day>.<shard>` | hash | Idempotency-Key -> first reply, for a day |
| `rankd:{project}:boards` | zset | ids of the project's boards, in byte order |
| `rankd:{project}:call:<call id>` | string | as above |
| `rankd:{.}:projects` | zset | ids of the projects, in byte order |
| `rankd:{.}:project` | hash | project id -> JSON |
| `rankd:{.}:keys:<project>` | zset | ids of a project's API keys, in byte order |
| `rankd:{.}:digests` | hash | key digest -> JSON of the key |
| `rankd:{.}:digest_of` | hash | key id -> key digest |
| `rankd:{.}:operations:<day>.<shard>` | hash | Idempotency-Key of project and key calls -> first reply |
| `rankd:{.}:call:<call id>` | string | as above |

Ids hold no braces, colons or slashes (domain.boards.ID_PATTERN), so names are injective and the hash tag
is exactly `project/board`; `.` cannot be a project's id. Member ids never become part of a name.
"""

from dataclasses import dataclass
from functools import cached_property

from rankd.domain.queries import PERIOD

DAY_MS = 86_400_000

PROJECTS = b"rankd:{.}:projects"
PROJECT = b"rankd:{.}:project"
DIGESTS = b"rankd:{.}:digests"
DIGEST_OF = b"rankd:{.}:digest_of"


def project_keys(project: str) -> bytes:
    return f"rankd:{{.}}:keys:{project}".encode()


def boards(project: str) -> bytes:
    return f"rankd:{{{project}}}:boards".encode()


def board(project: str, board_id: str) -> bytes:
    return f"rankd:{{{project}/{board_id}}}:board".encode()


def project_call(project: str, call: bytes) -> bytes:
    return kept_call(f"rankd:{{{project}}}:".encode(), call)


def kept_call(tag: bytes, call: bytes) -> bytes:
    return tag + b"call:" + call.hex().encode()


SYSTEM_TAG = b"rankd:{.}:"


def first_window(now_ms: int) -> int:
    """The day of the first of three windows, such that the server may be half a day off either way."""
    return (now_ms + DAY_MS // 2) // DAY_MS - 2


def windows(tag: bytes, born: str, operation: bytes, first: int) -> list[bytes]:
    """The hashes an operation's reply may be kept in: 4,096 a day, by the first bits of its id."""
    shard = operation[:2].hex()[:3]
    return [tag + f"operations:{born}{day}.{shard}".encode() for day in range(first, first + 3)]


@dataclass(frozen=True)
class BoardKeys:
    """The names of one board's keys, in one generation."""

    project: str
    board_id: str
    generation: str
    born: str

    @cached_property
    def tag(self) -> bytes:
        return f"rankd:{{{self.project}/{self.board_id}}}:".encode()

    @cached_property
    def board(self) -> bytes:
        return board(self.project, self.board_id)

    @cached_property
    def order(self) -> bytes:
        return self.tag + f"order:{PERIOD}.{self.generation}".encode()

    @cached_property
    def entries(self) -> bytes:
        return self.tag + f"entries:{PERIOD}.{self.generation}".encode()

    @cached_property
    def distinct(self) -> bytes:
        return self.tag + f"distinct:{PERIOD}.{self.generation}".encode()

    @cached_property
    def ranked(self) -> tuple[bytes, bytes, bytes, bytes]:
        """What every script that ranks is given."""
        return self.board, self.order, self.entries, self.distinct

    def windows(self, operation: bytes, first: int) -> list[bytes]:
        return windows(self.tag, f"{self.born}.", operation, first)
