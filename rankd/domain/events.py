"""Named game events, and what one is to a board that it feeds."""

from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rankd.domain.boards import Board, Text
from rankd.domain.entries import Submission
from rankd.domain.fields import read_value
from rankd.domain.numbers import to_int64
from rankd.domain.submissions import FieldInput, Member
from rankd.errors import ValidationFailed, pointer_part

MAX_VALUES = 100
_NO_RUNNING = "on this board every submission is an entry of its own, so none has a running value; send it as single"
EventName = Annotated[Text, Field(min_length=1, max_length=200)]
Session = Annotated[Text, Field(min_length=1, max_length=256)]


class Event(NamedTuple):
    """Something that happened to a member in a game. In a `session` the values are running ones, which replace what it
    said last; otherwise they are submitted by themselves."""

    name: str
    member: str
    values: dict[str, Any]
    team: str | None = None
    session: str | None = None


class EventBody(BaseModel):
    """An event as it is sent in."""

    model_config = ConfigDict(extra="forbid", strict=True)

    event: EventName
    member: Member
    team: Member | None = None
    type: Literal["single", "group"] = Field(
        "single", description="group: values are the session's running ones, and scores move by the difference"
    )
    session: Session | None = None
    values: dict[str, FieldInput] = Field(default_factory=dict, max_length=MAX_VALUES)

    @model_validator(mode="after")
    def _in_a_session(self) -> Self:
        if self.type == "group" and self.session is None:
            raise ValueError("an event of type group needs the session whose running values it tells")
        return self

    def as_event(self) -> Event:
        session = self.session if self.type == "group" else None
        return Event(self.event, self.member, self.values, self.team, session)


def submission_of(event: Event, board: Board) -> Submission:
    """What an event submits to a board that it feeds. Raises ValidationFailed with every value that does not fit."""
    assert board.source is not None  # noqa: S101 the board is fed by it
    reading = _Reading(event.values)
    score = reading.whole(board.source.score, is_needed=True)
    subscores = {rule.name: reading.whole(rule.name) for rule in board.subscores}
    fields = {rule.name: reading.field(rule.name, rule.type) for rule in board.fields if reading.has(rule.name)}
    if event.session is not None and not board.unique:
        reading.faults.append({"pointer": "/session", "detail": _NO_RUNNING})
    if reading.faults:
        raise ValidationFailed(faults=reading.faults)
    return Submission(
        event.member,
        score,
        subscores or None,
        fields=fields or None,
        team=event.team if board.has_teams else None,
        session=event.session,
    )


class _Reading:
    """Values of an event as they are read, and what is wrong with them."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self.faults: list[dict[str, Any]] = []

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def whole(self, name: str, *, is_needed: bool = False) -> int:
        """A whole number; 0 where it is absent."""
        if not self.has(name):
            if is_needed:
                self._fault(name, "is needed, it is the board's score")
            return 0
        try:
            return to_int64(self._values[name])
        except ValueError as error:
            self._fault(name, str(error))
            return 0

    def field(self, name: str, kind: Any) -> Any:
        try:
            read_value(kind, self._values[name])
        except ValueError as error:
            self._fault(name, str(error))
        return self._values[name]

    def _fault(self, name: str, detail: str) -> None:
        fault = {"pointer": f"/values/{pointer_part(name)}", "detail": detail}
        if fault not in self.faults:
            self.faults.append(fault)
