"""The store goes while a ban is brought to many boards, or a member erased: the answer says so, and the same request
again, or another one, leaves every board as the project's last note says."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.asgi_calls import Calls, lifespan
from tests.conftest import ROOT_KEY, app_on
from tests.standing_members import disagreements
from tests.store_search import keys_holding
from tests.store_servers import StoreServer, running_store
from tests.waiting import until

BOARDS = [f"b{number:02}" for number in range(60)]
MEMBER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
PATH, BAN = f"/v1/members/{MEMBER}", f"/v1/members/{MEMBER}/ban"
HIDE: tuple[str, str, Any] = ("PUT", BAN, {"mode": "hide"})
HIDE_ON_ONE: tuple[str, str, Any] = ("PUT", BAN, {"mode": "hide", "boards": BOARDS[:1]})
HIDE_ON_ANOTHER: tuple[str, str, Any] = ("PUT", BAN, {"mode": "hide", "boards": BOARDS[-1:]})
LIFT: tuple[str, str, Any] = ("DELETE", BAN, None)
ERASE: tuple[str, str, Any] = ("DELETE", PATH, None)
ENOUGH_CALLS = 90


def script_calls(store: StoreServer) -> int:
    return sum(number for name, number in store.script_calls().items() if name.startswith("eval"))


async def broken_off(call: Calls, store: StoreServer, request: tuple[str, str, Any]) -> None:
    """Makes a request whose store is killed in its middle, and starts the store again."""
    before = script_calls(store)
    answer = asyncio.ensure_future(call(*request))
    await until(lambda: script_calls(store) - before > ENOUGH_CALLS, 10, "some boards")
    store.kill()
    said = await answer
    assert said.status == 503, said.body
    assert "retry-after" in said.headers
    store.start()


@pytest.mark.parametrize(
    ("before", "first", "then"),
    [
        (None, HIDE, HIDE),
        (HIDE, LIFT, LIFT),
        (HIDE, HIDE_ON_ONE, HIDE_ON_ONE),
        (HIDE, HIDE_ON_ONE, HIDE_ON_ANOTHER),
        (HIDE, LIFT, HIDE_ON_ONE),
        (HIDE, ERASE, ERASE),
    ],
)
async def test_what_was_broken_off_is_completed(
    store_kind: str, tmp_path: Path, before: Any, first: Any, then: Any
) -> None:
    with running_store(store_kind, "--appendfsync", "always") as store:
        async with lifespan(app := app_on(store.url, tmp_path)):
            # given a member on many boards
            call = Calls(app, ROOT_KEY)
            await asyncio.gather(*[call("PUT", f"/v1/boards/{board_id}", {}) for board_id in BOARDS])
            row = {"member": MEMBER, "score": 1}
            await asyncio.gather(*[call("POST", f"/v1/boards/{board_id}/scores", row) for board_id in BOARDS])
            if before:
                assert (await call(*before)).status == 201

            # when a request is broken off by the store, and it or another one is made then
            await broken_off(call, store, first)
            assert (await call(*then)).status in (200, 201, 204)

            # then every board is as the last one says
            assert await disagreements(store, [MEMBER], *BOARDS) == []
            if then is ERASE:
                assert keys_holding(store, MEMBER) == set()
