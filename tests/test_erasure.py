"""After an erasure no key holds the member's id: of a store that has seen everything that writes one."""

from typing import Any
from urllib.parse import quote

from rankd.store.boards import BoardStore
from rankd.store.client import StoreClient
from rankd.store.ranges import Aggregate, RangeStore, new_token
from tests.oracle_bans import FIELDS
from tests.store_search import keys_holding
from tests.timed_service import BOARD, TimedService

IDS = ["7c9e6679-7425-40de-944b-e07fc1f90ae7", "player.one", "🏁 Zoë/1"]
OTHERS = [f"other-{number:03}" for number in range(120)]
BANNED = [{"mode": "hide", "boards": ["b"]}, {"mode": "block"}]
DAY, DAYS = "2026-11-{}T12:00:00Z", range(18, 22)
FULL = {
    "periods": [{"type": "all"}, {"type": "daily", "keep": 2}, {"type": "cron", "cron": "0 * * * *"}],
    "fields": FIELDS,
    "member_types": ["user", "team"],
    "rank_style": "dense",
    "ranges": {"keep_days": 3},
}  # fmt: skip


def member_path(member: str) -> str:
    return "/v1/members/" + quote(member, safe="")


async def put(timed: TimedService, path: str, body: Any) -> None:
    answer = await timed("PUT", path, body)
    assert answer.status in (200, 201), answer.body


async def played(timed: TimedService, board: str, **more: Any) -> None:
    rows = [{"member": member, "score": score, **more} for score, member in enumerate([*IDS, *OTHERS])]
    answer = await timed(
        "POST", f"/v1/boards/{board}/scores", rows, {"Idempotency-Key": f"{board}-{timed.clock.now_us()}"}
    )
    assert answer.status == 200, answer.body


async def everything(timed: TimedService) -> None:
    """Some days of every way in which an id comes to be stored, and in which windows come to be forgotten."""
    for day in DAYS:
        timed.at(DAY.format(day))
        await timed.tick()
        for board in ("b", "left", "season", "turned"):
            if day == DAYS[0]:
                periods = {"season": ["all", "season"]}.get(board, ["daily", "all"])
                body = {
                    "periods": [{"type": kind} for kind in periods],
                    "starts_at": DAY.format("01"),
                    "ends_at": DAY.format(30),
                }
                await put(timed, f"/v1/boards/{board}", FULL if board == "b" else body)
            await played(
                timed, board, **({"fields": {"country": "FR", "time": day}, "team": "t1"} if board == "b" else {})
            )
        if day < DAYS[-1]:
            assert (await timed("POST", BOARD + "/reset", {"archive": day % 2 == 0})).status == 200
    for member in IDS:
        entry = f"{BOARD}/entries/{quote(member, safe='')}"
        await put(timed, member_path(member), {"name": f"I am {member}"})
        await put(timed, entry, {"score": 7, "metadata": {"by": member}})
        assert (await timed("PATCH", entry, {"fields": {"country": "DE"}})).status == 200
        assert (await timed("GET", entry + "/around")).status == 200
    for member, ban in zip(IDS, BANNED, strict=False):
        await put(timed, member_path(member) + "/ban", ban)
    await timed.lookup(IDS)
    await timed.get("/entries?from=2026-11-19&to=2026-11-21")
    await forgotten(timed)


async def forgotten(timed: TimedService) -> None:
    """Windows that no board names any more: of a period that was taken off, of another season, of another order."""
    no_days = {"periods": [{"type": "all"}]}
    assert (await timed("PATCH", "/v1/boards/left", no_days)).status == 200
    assert (await timed("PATCH", "/v1/boards/season", {**no_days, "starts_at": DAY.format("02")})).status == 200
    turned = "/v1/boards/turned"
    assert (await timed("PATCH", turned, {"periods": [{"type": "weekly", "keep": 0}]})).status == 200
    assert (await timed("POST", turned + "/reset", {})).status == 200
    assert (await timed("PATCH", turned, {"order": "asc"})).status == 200
    timed.at(DAY.format(22))
    await timed.tick()


async def half_computed(timed: TimedService, client: StoreClient) -> None:
    """A range whose builder has made its first step."""
    standing, ranges = await BoardStore(client).read("default", "b"), RangeStore(client)
    ranged, _ = await ranges.named(standing, ["2026-11-20", "2026-11-21"], Aggregate("sum"), None)
    token = new_token()
    assert (await ranges.open(standing, ranged, token))[0] == "BUILD"
    async for _ in ranges.build(standing, ranged, token):
        return


async def test_no_key_holds_an_erased_members_id(timed: TimedService) -> None:
    # given members in every kind of key there is
    await everything(timed)
    client = StoreClient(timed.store.url)
    for number, member in enumerate(IDS):
        await half_computed(timed, client)
        kinds = {key.rpartition(b"}:")[2].partition(b":")[0] for key in keys_holding(timed.store, member)}
        held = {b"order", b"entries", b"day", b"tally", b"profiles", b"bans" if number < len(BANNED) else b"values"}
        assert kinds >= held
        others = {other: lasting(keys_holding(timed.store, other)) for other in (OTHERS[0], *IDS[number + 1 :])}

        # when one is erased
        answer = await timed("DELETE", member_path(member))

        # then nothing holds it, and all others are where they were, but for ranges, which are computed again
        assert answer.status == 204, answer.body
        assert keys_holding(timed.store, member) == set()
        for other, keys in others.items():
            assert lasting(keys_holding(timed.store, other)) == keys
    await client.close()


def lasting(keys: set[bytes]) -> set[bytes]:
    return {key for key in keys if b"range" not in key and b"tally" not in key}
