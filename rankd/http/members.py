"""Routes of members: their profiles, and the boards they are on."""

from collections.abc import Mapping
from typing import Any

from rankd.domain.profiles import Profile, ProfileChanges
from rankd.domain.queries import CursorQuery, MemberEntriesQuery
from rankd.http.codec import encode, validated
from rankd.http.endpoints import Answer, Call, Route, answered, link_headers
from rankd.http.scores import member_of
from rankd.http.shapes import member_page_shape, profile_json

MEMBER = "/v1/members/{member}"


def without_member(value: Any, member: str) -> Any:
    """A body without the member's id, which it may repeat: so what GET gave can be PUT back."""
    if isinstance(value, Mapping) and value.get("member") == member:
        return {name: item for name, item in value.items() if name != "member"}
    return value


async def put(call: Call) -> Answer:
    member = member_of(call)
    profile = validated(Profile, without_member(await call.json(), member))
    is_new = await call.services.members.put(call.project, member, profile)
    return Answer(201 if is_new else 200, profile_json(member, profile.text))


async def patch(call: Call) -> Answer:
    member = member_of(call)
    changes = validated(ProfileChanges, without_member(await call.json(), member))
    return Answer(200, profile_json(member, await call.services.members.patch(call.project, member, changes)))


async def get(call: Call) -> Answer:
    member = member_of(call)
    return Answer(200, profile_json(member, await call.services.members.get(call.project, member)))


async def listed(call: Call) -> Answer:
    found, following = await call.services.members.listed(call.project, call.query(CursorQuery))
    members = b",".join([profile_json(member, text) for member, text in found])
    body = b'{"members":[' + members + b'],"next":' + encode(following) + b"}"
    return Answer(200, body, headers=link_headers(call, following, None))


async def entries(call: Call) -> Answer:
    query = call.query(MemberEntriesQuery)
    member = member_of(call)
    page = await call.services.member_entries.page(call.project, member, query)
    headers = link_headers(call, page.next, page.prev)
    return answered(member_page_shape(member, page, query.int64 is not None), headers=headers)


ROUTES = [
    Route("GET", "/v1/members", "listMembers", "read", listed, "All members with a profile, in no order",
          query=CursorQuery),
    Route("PUT", MEMBER, "putMember", "admin", put, "Register a member, or replace its profile", body=Profile,
          success=(200, 201)),
    Route("PATCH", MEMBER, "patchMember", "admin", patch, "Change parts of a member's profile", body=ProfileChanges),
    Route("GET", MEMBER, "getMember", "read", get, "A member's profile"),
    Route("GET", MEMBER + "/entries", "listMemberEntries", "read", entries,
          "A member's entries on all boards it is on", query=MemberEntriesQuery),
]  # fmt: skip
