"""Bans, lifts and erasures beside submissions, other bans, new boards and the end of a period: whatever comes first, in
the end the project's notes, the boards' and every order agree."""

import asyncio
import random
from typing import Any

import pytest

from rankd.domain.bans import Ban, BanMode
from rankd.service.boards import Boards
from rankd.store.bans import BanStore
from rankd.store.boards import BoardStore
from rankd.store.client import StoreClient
from rankd.store.clock import StoreClock
from tests.asgi_calls import Calls
from tests.standing_members import disagreements
from tests.store_servers import StoreServer
from tests.timed_service import TimedService

SCORES = "/v1/boards/b/scores"
MEMBERS = ["u0", "u1", "u2", "7c9e6679-7425-40de-944b-e07fc1f90ae7"]
BOARDS = {
    "b": {
        "periods": [{"type": "all"}, {"type": "daily"}],
        "update": "latest",
        "rank_style": "dense",
        "fields": [{"name": "country", "segment": True}, {"name": "time", "type": "integer", "rank": "asc"}],
    },
    "c": {"update": "sum", "rank_style": "competition", "ranges": {"keep_days": 1}},
}
WRITERS, SUBMISSIONS, CHANGES = 16, 15, 25


async def write(call: Any, seed: int, on: list[str], ended: asyncio.Event | None = None) -> None:
    """Submissions for the few members, of scores and fields that often stay as they are."""
    source = random.Random(seed)
    for _ in range(SUBMISSIONS) if ended is None else iter(ended.is_set, True):
        rows: list[dict[str, Any]] = [
            {"member": source.choice(MEMBERS), "score": source.randrange(4)} for _ in range(source.choice([1, 3]))
        ]
        board = source.choice(on)
        if board == "b":
            rows = [{**row, "fields": {"country": source.choice("AB"), "time": source.randrange(3)}} for row in rows]
        assert (await call("POST", f"/v1/boards/{board}/scores", rows)).status == 200


async def change(call: Any, seed: int, changes: int = CHANGES) -> None:
    """Bans of each kind, lifts and erasures of these members, one after the other."""
    source = random.Random(seed)
    for _ in range(changes):
        path = f"/v1/members/{source.choice(MEMBERS)}"
        what = source.choice(["hide", "hide", "one", "block", "lift", "lift", "erase"])
        if what in ("lift", "erase"):
            answer = await call("DELETE", path + ("/ban" if what == "lift" else ""))
        else:
            named = {"boards": [source.choice(list(BOARDS))]} if what == "one" else {}
            answer = await call("PUT", path + "/ban", {"mode": "hide" if what == "one" else what, **named})
        assert answer.status in (200, 201, 204), answer.body


async def make_boards(call: Any) -> None:
    for board_id, settings in BOARDS.items():
        assert (await call("PUT", f"/v1/boards/{board_id}", settings)).status == 201


@pytest.mark.parametrize("rows", [[(1, 2)], [(2, 1)], [(1, 2), (2, 2)], [(2, 1), (1, 1), (3, 2)]])
@pytest.mark.parametrize("mode", ["hide", None])
async def test_what_is_sent_while_a_board_knows_and_its_windows_do_not_yet(
    timed: TimedService, mode: BanMode | None, rows: list[tuple[int, int]]
) -> None:
    # given a member that stands, or is hidden, alone in windows that end, on a board that has noted otherwise
    await make_boards(timed)
    path, member = "/v1/members/u0/ban", {"member": "u0"}
    await timed("POST", SCORES, {**member, "score": 1, "fields": {"country": "A", "time": 1}})
    if mode is None:
        assert (await timed("PUT", path, {"mode": "hide"})).status == 201
    client = StoreClient(timed.store.url)
    standing, bans = await BoardStore(client).read("default", "b"), BanStore(client)
    await bans.note("default", "u0", Ban(mode=mode) if mode else None)
    await bans.set_modes(standing, {"u0": mode})

    # when it sends scores and fields, some the same as they were, and then the windows follow
    sent = [{**member, "score": score, "fields": {"country": "B", "time": time}} for score, time in rows]
    assert (await timed("POST", SCORES, sent)).status == 200
    assert (await timed("PUT", path, {"mode": mode}) if mode else await timed("DELETE", path)).status in (200, 204)

    # then all agrees, and what is to end still will
    assert await disagreements(timed.store, MEMBERS, "b") == []
    lives = timed.expiries_us()
    assert all(lives[name] for name in lives if ":daily." in name), lives
    await client.close()


@pytest.mark.parametrize("noted", [None, Ban(mode="block"), Ban(mode="hide", boards=["c"])])
async def test_a_ban_that_comes_to_a_board_late_gives_way_to_the_one_noted_since(
    call: Calls, store: StoreServer, noted: Ban | None
) -> None:
    # given a project that has noted another ban, or none any more
    await make_boards(call)
    await call("POST", SCORES, {"member": "u0", "score": 1})
    client = StoreClient(store.url)
    bans = BanStore(client)
    await bans.note("default", "u0", noted)

    # when an earlier one reaches the boards
    boards = Boards(client, StoreClock())
    for board_id in BOARDS:
        await boards.settle_bans("default", board_id, {"u0": Ban(mode="hide")})

    # then they have what is noted
    assert await disagreements(store, MEMBERS, *BOARDS) == []
    await client.close()


@pytest.mark.parametrize("seed", range(2))
async def test_in_the_end_nobody_hidden_stands_and_everybody_else_does(
    call: Calls,
    other: Calls,
    store: StoreServer,
    seed: int,
) -> None:
    # given two processes and two boards
    await make_boards(call)

    # when writers and two who ban and erase the same members are at it
    apps = (call, other)
    await asyncio.gather(
        *[write(apps[number % 2], 100 * seed + number, list(BOARDS)) for number in range(WRITERS)],
        *[change(app, 1000 * seed + number) for number, app in enumerate(apps)],
    )

    # then all that is kept agrees, and so does it once the bans are lifted
    assert await disagreements(store, MEMBERS, *BOARDS) == []
    await asyncio.gather(*[call("DELETE", f"/v1/members/{member}/ban") for member in MEMBERS])
    assert await disagreements(store, MEMBERS, *BOARDS) == []
    for board_id in BOARDS:
        page = (await call("GET", f"/v1/boards/{board_id}/entries")).json
        assert page["total"] == len(page["entries"]) <= len(MEMBERS)


async def test_a_period_that_ends_meanwhile_hides_and_shows_the_same(timed: TimedService) -> None:
    # given writers and who bans, shortly before midnight
    timed.at("2026-11-21T23:59:59Z")
    await make_boards(timed)
    ended = asyncio.Event()
    writers = [asyncio.ensure_future(write(timed, number, ["b"], ended)) for number in range(4)]
    banning = asyncio.ensure_future(change(timed, 7, 12))

    # when days end meanwhile
    for day in range(22, 25):
        await change(timed, day, 3)
        timed.at(f"2026-11-{day}T00:00:00Z")
    await banning
    ended.set()
    await asyncio.gather(*writers)

    # then each of them agrees
    assert await disagreements(timed.store, MEMBERS, "b") == []
    days = timed.store.control.keys("rankd:{default/b}:entries:daily.*")
    assert len(days) > 1


async def test_boards_that_are_made_while_a_ban_comes_or_goes_have_it_or_not(
    call: Calls,
    other: Calls,
    store: StoreServer,
) -> None:
    for turn in range(12):
        # given a member that is banned in every other turn
        board_id, path = f"made{turn}", "/v1/members/u0/ban"
        puts = turn % 2 == 0

        # when a board is made as the ban comes or goes
        made, banned = await asyncio.gather(
            call("PUT", f"/v1/boards/{board_id}", {}),
            other("PUT", path, {"mode": "hide"}) if puts else other("DELETE", path),
        )

        # then it is as the project says, on this board and on all before
        assert (made.status, banned.status) == (201, 201 if puts else 204)
        assert await disagreements(store, ["u0"], *[f"made{number}" for number in range(turn + 1)]) == []
