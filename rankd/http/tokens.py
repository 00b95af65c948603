"""Routes of player tokens."""

from rankd.domain.tokens import NewToken
from rankd.http.endpoints import Answer, Call, Route, answered


async def mint(call: Call) -> Answer:
    wanted = await call.model(NewToken)
    token, expires_at = await call.services.tokens.mint(call.project, wanted.member, wanted.ttl_s)
    return answered({"token": token, "expires_at": expires_at}, 201, [(b"cache-control", b"no-store")])


async def void(call: Call) -> Answer:
    project = (await call.services.projects.get(call.param("project"))).id
    await call.services.tokens.void(project)
    call.services.projects.forget_callers()
    return Answer(204)


ROUTES = [
    Route("POST", "/v1/tokens", "createToken", "write", mint, "Make a player token for one member", body=NewToken,
          success=(201,), players=False),
    Route("DELETE", "/v1/projects/{project}/tokens", "voidTokens", "root", void,
          "Void all player tokens of a project", success=(204,)),
]  # fmt: skip
