"""How many bytes does an entry take, with a UUID as its id and no metadata?

Loads a board through the API in arrays of 1000 and asks the store two things: what its memory grew by, and
what the board's keys take. What rankd keeps of its calls for a minute is in the first figure alone.
"""

import time

from benchmarks.figures import Figure
from benchmarks.service import SEED, Service, own_service
from rankd.bench.workloads import members

ENTRIES = 300_000
LIMIT_BYTES = 160
_CALLS_KEPT_S = 65


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about a minute and a half, most of it waiting for records of calls to expire."""
    ids = members(entries, SEED)
    with own_service() as service:
        service.loaded_board(members(1000, SEED + 1))
        before = service.info("memory")["used_memory"]
        board = service.loaded_board(ids)
        at_once = service.info("memory")["used_memory"] - before
        time.sleep(_CALLS_KEPT_S)
        settled = service.info("memory")["used_memory"] - before
        keys = _key_bytes(service, board)
    return [
        Figure("entries", entries, ""),
        Figure("used_memory grew by, at once", at_once / entries, "bytes/entry"),
        Figure("used_memory grew by, a minute later", settled / entries, "bytes/entry", LIMIT_BYTES),
        Figure("MEMORY USAGE of the board's keys", sum(keys.values()) / entries, "bytes/entry", LIMIT_BYTES),
        *(Figure(f"  {name}", size / entries, "bytes/entry") for name, size in sorted(keys.items())),
    ]


def _key_bytes(service: Service, board: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for key in service.store.scan_iter(match=f"*{board}*", count=1000):
        name = key.decode(errors="backslashreplace").replace(board, "BOARD")
        found[name] = int(service.store.memory_usage(key, samples=0) or 0)
    return found
