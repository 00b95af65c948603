"""Profiles: what they may hold, where they are shown, and that who has none pays nothing for them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.asgi_calls import Calls, lifespan
from tests.conftest import ROOT_KEY, app_on
from tests.store_servers import StoreServer

BOARD = "/v1/boards/b"
ADA = "/v1/members/ada"
PROFILE = {"name": "Ada L.", "avatar_url": "https://example.org/ada.png", "info": {"wins": 12345678901234567890123}}


async def three_entries(call: Calls) -> None:
    await call("PUT", BOARD, {})
    rows = [{"member": member, "score": score} for score, member in enumerate(("bob", "ada", "eve"))]
    assert (await call("POST", BOARD + "/scores", rows)).status == 200


def calls_of_scripts(store: StoreServer) -> int:
    return sum(number for name, number in store.script_calls().items() if name.startswith("eval"))


async def test_a_first_profile_answers_201_a_further_one_200_and_get_gives_it_back(call: Calls) -> None:
    assert (await call("GET", ADA)).code == "PROFILE_NOT_FOUND"
    made = await call("PUT", ADA, PROFILE)
    assert (made.status, made.json) == (201, {"member": "ada", **PROFILE})
    read = await call("GET", ADA)
    assert (read.status, read.json) == (200, made.json)
    replaced = await call("PUT", ADA, {"name": "Ada"})
    assert (replaced.status, replaced.json) == (200, {"member": "ada", "name": "Ada", "avatar_url": None, "info": {}})


async def test_what_get_gave_can_be_put_back(call: Calls) -> None:
    made = (await call("PUT", ADA, PROFILE)).json
    again = await call("PUT", ADA, made)
    assert (again.status, again.json) == (200, made)
    other = await call("PUT", "/v1/members/bob", made)
    assert [fault["pointer"] for fault in other.json["errors"]] == ["/member"]


async def test_patch_keeps_what_it_does_not_name_and_null_empties(call: Calls) -> None:
    await call("PUT", ADA, PROFILE)
    patched = await call("PATCH", ADA, {"name": None, "avatar_url": None})
    assert (patched.status, patched.json) == (200, {"member": "ada", **PROFILE, "name": "", "avatar_url": None})
    assert (await call("PATCH", ADA, {"info": None})).json["info"] == {}
    assert (await call("PATCH", "/v1/members/bob", {"name": "Bob"})).code == "PROFILE_NOT_FOUND"
    assert (await call("GET", "/v1/members/bob")).status == 404


async def test_patches_side_by_side_lose_nothing(call: Calls) -> None:
    await call("PUT", ADA, {})
    answers = await asyncio.gather(call("PATCH", ADA, {"name": "Ada"}), call("PATCH", ADA, {"info": {"a": 1}}))
    assert {answer.status for answer in answers} == {200}
    assert (await call("GET", ADA)).json == {"member": "ada", "name": "Ada", "avatar_url": None, "info": {"a": 1}}


async def test_every_fault_is_named_at_once_and_nothing_is_written(call: Calls, store: StoreServer) -> None:
    before = store.dump()
    body = {"name": "a\u0007", "avatar_url": "javascript:1", "info": {"x": "y" * 2048}, "nick": 1}
    answer = await call("PUT", ADA, body)
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    places = {fault["pointer"] for fault in answer.json["errors"]}
    assert places == {"/name", "/avatar_url", "/info", "/nick"}
    assert store.dump() == before


@pytest.mark.parametrize("body", [{"info": []}, {"info": None}, {"name": None}, {"avatar_url": "x" * 3000}, [], "x"])
async def test_other_shapes_are_refused(call: Calls, body: Any) -> None:
    assert (await call("PUT", ADA, body)).status == 422


async def test_every_read_of_entries_shows_the_profiles_of_members_that_have_one(call: Calls) -> None:
    # given three entries, one of a member with a profile
    await three_entries(call)
    await call("PUT", ADA, PROFILE)

    # when they are read in every way
    lists = [
        (await call("GET", BOARD + "/entries")).json["entries"],
        (await call("GET", BOARD + "/entries/bob/around")).json["entries"],
        (await call("GET", BOARD + "/around?score=1")).json["entries"],
        (await call("POST", BOARD + "/entries/lookup", {"members": ["ada", "bob", "eve"]})).json["entries"],
    ]
    single = [(await call("GET", f"{BOARD}/entries/{member}")).json for member in ("eve", "ada", "bob")]
    edited = await call("PATCH", BOARD + "/entries/ada", {"metadata": 1})

    # then that one alone has it
    for entries in [*lists, single]:
        assert [entry["member"] for entry in entries] == ["eve", "ada", "bob"]
        assert [entry.get("profile") for entry in entries] == [None, PROFILE, None]
        assert "profile" not in entries[0]
    assert edited.json["profile"] == PROFILE


async def test_a_wide_page_shows_every_profile(call: Calls) -> None:
    await call("PUT", BOARD, {})
    members = [f"m{number:03}" for number in range(600)]
    await call("POST", BOARD + "/scores", [{"member": member, "score": 1} for member in members])
    await asyncio.gather(*[call("PUT", f"/v1/members/{member}", {"name": member}) for member in members[::2]])
    entries = (await call("GET", BOARD + "/entries?limit=1000")).json["entries"]
    named = {entry["member"]: entry["profile"]["name"] for entry in entries if "profile" in entry}
    assert named == {member: member for member in members[::2]}


async def test_a_project_without_profiles_pays_no_call_for_them(
    call: Calls, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a read that found out that there are none, and no time passing
    monkeypatch.setattr("rankd.service.members.time", _Clock())
    await three_entries(call)
    await call("GET", BOARD + "/entries")
    before = calls_of_scripts(store)

    # when entries are read
    for _ in range(10):
        assert (await call("GET", BOARD + "/entries")).status == 200

    # then that was one call each
    assert calls_of_scripts(store) - before == 10


async def test_submissions_read_no_profiles(call: Calls, store: StoreServer) -> None:
    await call("PUT", BOARD, {})
    await call("PUT", ADA, PROFILE)
    await call("POST", BOARD + "/scores", {"member": "ada", "score": 1})
    before = calls_of_scripts(store)
    await call("POST", BOARD + "/scores", {"member": "ada", "score": 2})
    assert calls_of_scripts(store) - before == 1


async def test_a_first_profile_shows_at_once_here_and_within_a_second_elsewhere(
    call: Calls, store: StoreServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given two processes that know that there are no profiles
    clock = _Clock()
    monkeypatch.setattr("rankd.service.members.time", clock)
    await three_entries(call)
    async with lifespan(app := app_on(store.url, tmp_path)):
        other = Calls(app, ROOT_KEY)
        for one in (call, other):
            await one("GET", BOARD + "/entries")

        # when one of them is sent the first
        await call("PUT", ADA, PROFILE)

        # then it shows it, and the other one does a second later
        assert (await call("GET", BOARD + "/entries/ada")).json["profile"] == PROFILE
        clock.now_s += 1.0
        assert (await other("GET", BOARD + "/entries/ada")).json["profile"] == PROFILE


async def test_profiles_are_a_projects_own_and_go_with_it(call: Calls, store: StoreServer) -> None:
    # given a profile in one project, and the same member in another
    there = {"X-Project-Id": "other"}
    await call("POST", "/v1/projects", {"id": "other"})
    await call("PUT", ADA, PROFILE, there)
    assert (await call("GET", ADA)).status == 404

    # when its project is deleted and made again
    await call("DELETE", "/v1/projects/other")
    assert not store.control.exists("rankd:{other}:profiles")
    await call("POST", "/v1/projects", {"id": "other"})

    # then it is gone
    assert (await call("GET", ADA, None, there)).code == "PROFILE_NOT_FOUND"


class _Clock:
    """Stands where the module `time` was, and stands still."""

    now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s
