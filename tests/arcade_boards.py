"""What tests of arcade boards begin with: a board, entries on it, and what is looked at of them."""

from typing import Any
from urllib.parse import quote

from tests.asgi_calls import Answer, Calls
from tests.store_servers import StoreServer

BOARD = "/v1/boards/b"
ARCADE: dict[str, Any] = {"unique": False}
FIELDS = [{"name": "country", "segment": True}, {"name": "time", "type": "integer", "rank": "asc"}]
ADA = BOARD + "/entries/ada"


async def arcade(call: Calls, **settings: Any) -> None:
    """The board b, made as an arcade board."""
    answer = await call("PUT", BOARD, {**ARCADE, **settings})
    assert answer.status == 201, answer.body


async def sent(call: Calls, member: str, *scores: int, **more: Any) -> list[int]:
    """The numbers of a member's new entries, in the order of its scores; fewer than 1,000."""
    answer = await call("POST", BOARD + "/scores", [{"member": member, "score": score, **more} for score in scores])
    assert answer.status == 200, answer.body
    return [placing["entry_id"] for placing in answer.json]


async def page(call: Calls, query: str = "") -> Any:
    answer = await call("GET", f"{BOARD}/entries?limit=1000&{query}")
    assert answer.status == 200, answer.body
    return answer.json


async def scores(call: Calls, query: str = "") -> list[tuple[str, int]]:
    """Members and scores of a page, in its order."""
    found = await page(call, query)
    assert found["total"] in (None, len(found["entries"]))
    return [(entry["member"], entry["score"]) for entry in found["entries"]]


async def numbers_of(call: Calls, member: str, query: str = "") -> list[int]:
    """The numbers of a member's entries, best first."""
    entries = (await page(call, f"filter=member:{quote(member, safe='')}&{query}"))["entries"]
    return [entry["entry_id"] for entry in entries]


def faults(answer: Answer) -> dict[str, str]:
    """Where a refused request has faults, and what they are."""
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED"), answer.body
    return {fault.get("pointer") or fault["parameter"]: fault["detail"] for fault in answer.json["errors"]}


def kept(store: StoreServer, kind: str) -> int:
    """How many records (`entries`), or members of an order (`order`, `values`), all windows of the board b have."""
    found = list(store.control.scan_iter(f"rankd:{{default/b}}:{kind}:*"))
    return sum(store.control.hlen(key) if kind == "entries" else store.control.zcard(key) for key in found)
