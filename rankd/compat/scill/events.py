"""SCILL's events, which feed leaderboards by their `source`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from rankd.compat.scill.doorway import V1
from rankd.compat.scill.parameters import payload
from rankd.domain.events import Event, EventName, Session
from rankd.domain.submissions import Member
from rankd.errors import RankdError, ValidationFailed
from rankd.http.endpoints import Answer, Call, Route, answered, with_replay
from rankd.http.families import told

_OUR_FAULT = 500


def _given(value: Any) -> Any:
    """Clients send empty texts for what they leave out."""
    return None if value == "" else value


class EventPayload(BaseModel):
    """An event; keys beside these mean nothing."""

    model_config = ConfigDict(extra="ignore", strict=True)

    user_id: Annotated[Member | None, BeforeValidator(_given)] = Field(
        None, description="needed with an API key; the token's own user where it is left out"
    )
    event_name: EventName
    event_type: Annotated[Literal["single", "group"] | None, BeforeValidator(_given)] = None
    session_id: Annotated[Session | None, BeforeValidator(_given)] = Field(None, validate_default=True)
    team_id: Annotated[Member | None, BeforeValidator(_given)] = None
    meta_data: dict[str, Any] | None = Field(None, description="values by their names, whole numbers and texts")

    @field_validator("session_id")
    @classmethod
    def _of_a_group(cls, session_id: str | None, info: ValidationInfo) -> str | None:
        if session_id is None and info.data.get("event_type") == "group":
            raise ValueError("is needed: an event of type group sets the running value of a session")
        return session_id

    def as_event(self, player: str | None) -> Event:
        """Raises ValidationFailed where nobody is named."""
        member = self.user_id or player
        if member is None:
            raise ValidationFailed(faults=[{"pointer": "/user_id", "detail": "is needed"}])
        session = self.session_id if self.event_type == "group" else None
        return Event(self.event_name, member, self.meta_data or {}, self.team_id, session)


async def take(call: Call) -> Answer:
    event = (await payload(call, EventPayload)).as_event(call.principal.member)
    board_ids, applied = await call.services.events.take(call.principal, event, call.operation())
    pairs = zip(board_ids, applied.outcomes, strict=True)
    faults = [(board_id, outcome) for board_id, outcome in pairs if isinstance(outcome, RankdError)]
    worst = max((error for _, error in faults), key=_gravity, default=None)
    if worst is not None and (len(faults) == len(board_ids) or _gravity(worst)):
        raise type(worst)(_told(faults))
    message = f"OK, but {_told(faults)}" if faults else "OK"
    return with_replay(answered({"status": 200, "message": message}), applied.is_replay)


def _gravity(error: RankdError) -> bool:
    """Whether it is rankd's own fault, for which the event is to be sent again whatever else was wrong with it."""
    return error.status >= _OUR_FAULT


def _told(faults: list[tuple[str, RankdError]]) -> str:
    """What leaderboards did not take, in the words of whoever sent it."""
    return "; ".join(f"leaderboard {board_id} did not take it: {told(error, _sent)}" for board_id, error in faults)


def _sent(place: str) -> str:
    """What a place in a native event is called in SCILL's."""
    return "session_id" if place == "session" else place.replace("values/", "meta_data.", 1)


ROUTES = [
    Route("POST", V1 + "/events", "scillSendEvent", "write", take, "Send an event", body=EventPayload,
          takes_operation=True, players=True),
]  # fmt: skip
