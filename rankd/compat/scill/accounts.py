"""SCILL's access tokens and user info: player tokens, and profiles of members."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from rankd.compat.scill.doorway import V1
from rankd.compat.scill.parameters import payload
from rankd.compat.scill.rows import AVATAR, additional_info
from rankd.domain.boards import WEB_ADDRESS, Text
from rankd.domain.profiles import Profile
from rankd.domain.submissions import Member
from rankd.domain.tokens import DEFAULT_TTL_S
from rankd.errors import Forbidden
from rankd.http.bodies import json_object
from rankd.http.codec import validated
from rankd.http.endpoints import Answer, Call, Route, answered

INFO = V1 + "/user-additional-info"
_NOBODYS = "user info is of the user whose access token this call is made with; this was made with an API key"


class ForeignUser(BaseModel):
    """The user whom an access token is for."""

    model_config = ConfigDict(extra="ignore", strict=True)

    user_id: Member


class UserInfo(BaseModel):
    """What a user shows of itself; further keys are kept beside."""

    model_config = ConfigDict(extra="allow", strict=True)

    username: Text | None = None
    avatarImage: Text | None = None

    def as_profile(self) -> Profile:
        """The profile: an avatar that is no web address lies with the further keys. Raises ValidationFailed."""
        info: dict[str, Any] = dict(self.model_extra or {})
        is_address = bool(self.avatarImage and WEB_ADDRESS.fullmatch(self.avatarImage))
        if self.avatarImage and not is_address:
            info[AVATAR] = self.avatarImage
        avatar_url = self.avatarImage if is_address else None
        return validated(Profile, {"name": self.username or "", "avatar_url": avatar_url, "info": info})


async def token(call: Call) -> Answer:
    user = await payload(call, ForeignUser)
    made, _ = await call.services.tokens.mint(call.project, user.user_id, DEFAULT_TTL_S)
    return answered({"token": made}, headers=[(b"cache-control", b"no-store")])


def _user(call: Call) -> str:
    """The user who calls. Raises Forbidden."""
    if call.principal.member is None:
        raise Forbidden(_NOBODYS)
    return call.principal.member


def _shown(profile: bytes) -> dict[str, Any]:
    return {"username": None, AVATAR: None, **additional_info(profile)}


async def put_info(call: Call) -> Answer:
    user = _user(call)
    profile = validated(UserInfo, await json_object(call)).as_profile()
    await call.services.members.put(call.project, user, profile)
    return answered(_shown(profile.text))


async def get_info(call: Call) -> Answer:
    return answered(_shown(await call.services.members.profile_of(call.project, _user(call))))


ROUTES = [
    Route("POST", V1 + "/auth/access-token", "scillGenerateAccessToken", "write", token,
          "An access token for a user", body=ForeignUser),
    Route("PUT", INFO, "scillSetUserInfo", "write", put_info, "Set the user info of the token's user", body=UserInfo,
          players=True),
    Route("GET", INFO, "scillGetUserInfo", "read", get_info, "The user info of the token's user"),
]  # fmt: skip
