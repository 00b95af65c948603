"""Lists of profiles and of bans, which a move takes along."""

from urllib.parse import quote

import pytest

from tests.asgi_calls import Calls

MEMBERS = 520  # past what a store keeps in one piece


async def filled(call: Calls, kind: str) -> None:
    for index in range(MEMBERS):
        target, body = f"/v1/members/m{index}", {"name": "x" * 100}
        if kind == "bans":
            target, body = target + "/ban", {"mode": "block"}
        assert (await call("PUT", target, body)).status == 201


@pytest.mark.parametrize("kind", ["members", "bans"])
async def test_a_list_has_everyone_page_by_page(call: Calls, kind: str) -> None:
    # given more members than a page has
    await filled(call, kind)

    # when the list is walked
    seen: list[str] = []
    cursor, pages = "", 0
    while True:
        page = (await call("GET", f"/v1/{kind}?limit=50{cursor}")).json
        seen += [one["member"] for one in page[kind]]
        pages += 1
        if page["next"] is None:
            break
        cursor = "&cursor=" + quote(page["next"])

    # then each is there, in several pages
    assert set(seen) == {f"m{index}" for index in range(MEMBERS)}
    assert pages > 1


@pytest.mark.parametrize("kind", ["members", "bans"])
async def test_a_cursor_of_another_list_is_stale(call: Calls, kind: str) -> None:
    await filled(call, "members")
    await filled(call, "bans")
    other = "bans" if kind == "members" else "members"
    cursor = (await call("GET", f"/v1/{other}?limit=50")).json["next"]
    assert (await call("GET", f"/v1/{kind}?cursor={quote(cursor)}")).code == "STALE_CURSOR"
