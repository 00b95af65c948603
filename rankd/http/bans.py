"""Routes of bans and of erasures."""

from rankd.domain.bans import Ban
from rankd.domain.queries import CursorQuery, Query
from rankd.http.codec import validated
from rankd.http.endpoints import Answer, Call, Route, answered, link_headers
from rankd.http.members import MEMBER, without_member
from rankd.http.scores import member_of

BAN = MEMBER + "/ban"
RECEIPT_HEADER = "erasure-receipt"


def _shape(member: str, ban: Ban) -> dict[str, object]:
    return {"member": member, "mode": ban.mode, "boards": ban.boards}


async def put(call: Call) -> Answer:
    member = member_of(call)
    ban = validated(Ban, without_member(await call.json(), member))
    is_new = await call.services.bans.put(call.project, member, ban)
    return answered(_shape(member, ban), 201 if is_new else 200)


async def get(call: Call) -> Answer:
    member = member_of(call)
    return answered(_shape(member, await call.services.bans.get(call.project, member)))


async def listed(call: Call) -> Answer:
    found, following = await call.services.bans.listed(call.project, call.query(CursorQuery))
    value = {"bans": [_shape(member, ban) for member, ban in found], "next": following}
    return answered(value, headers=link_headers(call, following, None))


async def lift(call: Call) -> Answer:
    call.query(Query)
    await call.services.bans.lift(call.project, member_of(call))
    return Answer(204)


async def erase(call: Call) -> Answer:
    call.query(Query)
    receipt = await call.services.bans.erase(call.project, member_of(call))
    return Answer(204, headers=[(RECEIPT_HEADER.encode(), receipt.encode())])


async def receipt(call: Call) -> Answer:
    return Answer(200, await call.services.bans.receipt(call.project, call.param("receipt")))


ROUTES = [
    Route("PUT", BAN, "putBan", "admin", put, "Hide a member, or take no more scores of it", body=Ban,
          success=(200, 201)),
    Route("GET", "/v1/bans", "listBans", "admin", listed, "All bans, in no order", query=CursorQuery),
    Route("GET", BAN, "getBan", "admin", get, "A member's ban"),
    Route("DELETE", BAN, "liftBan", "admin", lift, "Take a ban back without loss", query=Query, success=(204,)),
    Route("DELETE", MEMBER, "eraseMember", "admin", erase, "Erase a member from every board, archives included",
          query=Query, success=(204,)),
    Route("GET", "/v1/erasures/{receipt}", "getErasure", "admin", receipt, "What an erasure found and when"),
]  # fmt: skip
