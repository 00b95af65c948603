"""Every key name, and nothing else makes one.

| key | type | holds |
|---|---|---|
| `rankd:{project/board}:board` | hash | definition, revision, born, index, slots, arrival, metadata,
  previous; of types of periods `generation:`, `closed:` (end of the last one closed) and `archived:` |
| `rankd:{project/board}:order:<token>` | zset | a window's entries in order: sort prefix + member id |
| `rankd:{project/board}:entries:<token>` | hash | member id -> record |
| `rankd:{project/board}:distinct:<token>` | zset | the distinct values of a dense board |
| `rankd:{project/board}:values:<token>` | zset | field values, each in the board's order (lua/lib/values.lua) |
| `rankd:{project/board}:ties:<token>` | zset | the distinct values within field values, of a dense board |
| `rankd:{project/board}:periods` | hash | `<type>:<id>` of windows that were played -> start, end,
  generation, and once it is closed its total |
| `rankd:{project/board}:outbox` | stream | events: `period.closed` |
| `rankd:{project/board}:day:<date>.<born>` | hash | member id -> sum and best of a local day (lua/lib/days.lua) |
| `rankd:{project/board}:days:<born>` | hash | date -> number of calls that wrote to that day |
| `rankd:{project/board}:tally:<name>` | hash | a range while it is computed: member id -> value and the days it holds |
| `rankd:{project/board}:range:<name>` | string | how far a range is, or that it is complete |
| `rankd:{project/board}:ranges` | zset | names of the ranges that may be there -> until when, in seconds |
| `rankd:{project/board}:bans` | hash | member id -> hide or block |
| `rankd:{project/board}:sessions:<born>.<week>` | hash | digest of a member's session -> the value it said last, for
  a week or two |
| `rankd:{project/board}:call:<call id>` | string | a script call's replies for 60 s, for a repeat of it |
| `rankd:{project/board}:operations:<born>.<day>.<shard>` | hash | Idempotency-Key -> first reply, for a day |
| `rankd:{project}:boards` | zset | ids of the project's boards, in byte order |
| `rankd:{project}:sources` | zset | event, a zero byte and the id of a board that it may feed, in byte order |
| `rankd:{project}:profiles` | hash | member id -> JSON of its profile |
| `rankd:{project}:call:<call id>` | string | as above |
| `rankd:{project}:bans` | hash | member id -> JSON: mode and boards |
| `rankd:{project}:erasures:<span>` | hash | id of an erasure -> JSON, without the member; a span is 400 days |
| `rankd:{.}:projects` | zset | ids of the projects, in byte order |
| `rankd:{.}:project` | hash | project id -> JSON |
| `rankd:{.}:keys:<project>` | zset | ids of a project's API keys, in byte order |
| `rankd:{.}:digests` | hash | key digest -> JSON of the key |
| `rankd:{.}:digest_of` | hash | key id -> key digest |
| `rankd:{.}:revoked` | zset | key digest -> when the key was revoked, in milliseconds; the last 10,000 |
| `rankd:{.}:seeds` | hash | project id -> what the secret of its player tokens grows from |
| `rankd:{.}:operations:<day>.<shard>` | hash | Idempotency-Key of project and key calls -> first reply |
| `rankd:{.}:closings` | zset | `project/board` -> when a period of it is due to be closed, in milliseconds |
| `rankd:{.}:call:<call id>` | string | as above |

A window's token is `<type>.<start in microseconds>.<generation>`, of `all` without the start, of a range
`range.<name>`; the keys of its teams end in `.team`, those of their days too.
A reset takes a new generation, so that nothing has to be copied or deleted; keys of windows
that end have a time to live from their first entry on.

Ids hold no braces, colons or slashes (domain.boards.ID_PATTERN), so names are injective and the hash tag
is exactly `project/board`; `.` cannot be a project's id. Member ids never become part of a name.
"""

from dataclasses import dataclass
from functools import cached_property

from rankd.domain.periods import Window

DAY_MS = 86_400_000

PROJECTS = b"rankd:{.}:projects"
PROJECT = b"rankd:{.}:project"
DIGESTS = b"rankd:{.}:digests"
DIGEST_OF = b"rankd:{.}:digest_of"
REVOKED = b"rankd:{.}:revoked"
SEEDS = b"rankd:{.}:seeds"
CLOSINGS = b"rankd:{.}:closings"


def project_keys(project: str) -> bytes:
    return f"rankd:{{.}}:keys:{project}".encode()


def boards(project: str) -> bytes:
    return f"rankd:{{{project}}}:boards".encode()


def sources(project: str) -> bytes:
    return f"rankd:{{{project}}}:sources".encode()


def profiles(project: str) -> bytes:
    return f"rankd:{{{project}}}:profiles".encode()


def bans(project: str) -> bytes:
    return f"rankd:{{{project}}}:bans".encode()


# A receipt is kept until the span after the one it was made in is over: for 400 days at least.
ERASURES_SPAN_MS = 400 * DAY_MS


def erasures(project: str, span: int) -> bytes:
    return f"rankd:{{{project}}}:erasures:{span}".encode()


def kept_erasures(project: str, now_ms: int) -> list[bytes]:
    """Where receipts may be: those that are made now, and those of the span before."""
    span = now_ms // ERASURES_SPAN_MS
    return [erasures(project, span), erasures(project, span - 1)]


def board(project: str, board_id: str) -> bytes:
    return f"rankd:{{{project}/{board_id}}}:board".encode()


def project_call(project: str, call: bytes) -> bytes:
    return kept_call(f"rankd:{{{project}}}:".encode(), call)


def kept_call(tag: bytes, call: bytes) -> bytes:
    return tag + b"call:" + call.hex().encode()


_TEAMS = b".team"


def team_key(name: bytes) -> bytes:
    """The key that teams have beside one of a window or a day."""
    return name + _TEAMS


def generation_in(name: bytes) -> str:
    """The generation that a key of a window was named by."""
    return name.removesuffix(_TEAMS).rpartition(b".")[2].decode()


SYSTEM_TAG = b"rankd:{.}:"


def first_day(now_ms: int) -> int:
    """The day of the first of three hashes of operations, such that the server may be half a day off either way."""
    return (now_ms + DAY_MS // 2) // DAY_MS - 2


def kept_operations(tag: bytes, born: str, operation: bytes, first: int) -> list[bytes]:
    """The hashes an operation's reply may be kept in: 4,096 a day, by the first bits of its id."""
    shard = operation[:2].hex()[:3]
    return [tag + f"operations:{born}{day}.{shard}".encode() for day in range(first, first + 3)]


@dataclass(frozen=True)
class BoardKeys:
    """The names of one board's keys. `generations` are those of the types that were reset or moved."""

    project: str
    board_id: str
    born: str
    generations: dict[str, str]

    @cached_property
    def tag(self) -> bytes:
        return f"rankd:{{{self.project}/{self.board_id}}}:".encode()

    @cached_property
    def board(self) -> bytes:
        return board(self.project, self.board_id)

    @cached_property
    def periods(self) -> bytes:
        return self.tag + b"periods"

    @cached_property
    def outbox(self) -> bytes:
        return self.tag + b"outbox"

    @cached_property
    def days(self) -> bytes:
        return self.tag + f"days:{self.born}".encode()

    @cached_property
    def bans(self) -> bytes:
        return self.tag + b"bans"

    @cached_property
    def ranges(self) -> bytes:
        return self.tag + b"ranges"

    def day(self, name: str) -> bytes:
        return self.tag + f"day:{name}.{self.born}".encode()

    def generation(self, kind: str) -> str:
        return self.generations.get(kind, self.born)

    def token(self, window: Window, generation: str | None = None) -> str:
        """What the names of a window's keys end in; without a generation, that of now."""
        start = "" if window.type == "all" else f"{window.start_us}."
        return f"{window.type}.{start}{generation or self.generation(window.type)}"

    def of_token(self, token: str) -> tuple[bytes, bytes, bytes, bytes, bytes]:
        """Order, entries, distinct values, field values and ties of a window."""
        tag, end = self.tag, token.encode()
        return (
            tag + b"order:" + end,
            tag + b"entries:" + end,
            tag + b"distinct:" + end,
            tag + b"values:" + end,
            tag + b"ties:" + end,
        )

    def sessions(self, first: int) -> list[bytes]:
        """The hashes of sessions of three weeks, such that the server's is among the last two; by the day that
        operations begin with."""
        week = first // 7
        return [self.tag + f"sessions:{self.born}.{one}".encode() for one in range(week - 1, week + 2)]

    def tally(self, name: str) -> bytes:
        return self.tag + f"tally:{name}".encode()

    def range_state(self, name: str) -> bytes:
        return self.tag + f"range:{name}".encode()

    def of_range(self, name: str) -> list[bytes]:
        """Every key of a range."""
        return [self.range_state(name), self.tally(name), *self.of_token(f"range.{name}")]

    def kept_operations(self, operation: bytes, first: int) -> list[bytes]:
        return kept_operations(self.tag, f"{self.born}.", operation, first)
