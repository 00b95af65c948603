"""The errors rankd answers with: one class a code, and nothing else ever reaches a client.

RankdError 500
├── BadRequest 400       BadJson, StaleCursor
├── Unauthorized 401
├── Forbidden 403        ScopeMissing, RootOnly, PlayerRefused, MemberNotRegistered, MemberBlocked
├── NotFound 404         RouteNotFound, BoardNotFound, EntryNotFound, PeriodNotFound, ProjectNotFound,
│                        KeyNotFound, ProfileNotFound, BanNotFound, ReceiptNotFound, ProblemNotFound
├── MethodNotAllowed 405
├── Conflict 409         BoardNotEmpty, BoardDisabled, BoardNotStarted, BoardEnded, BoardExists, BoardChanging,
│                        PeriodClosed,
│                        ProjectExists, ProjectChanging, ProjectProtected, KeyInUse, PepperDiffers, ProfileChanging
├── TooLarge 413
├── HeadersTooLarge 431
├── UnsupportedType 415
├── Unprocessable 422    ValidationFailed, NotSupported, ScoreOverflow, ScoreOutOfBounds, StepTooLarge,
│                        IdempotencyMismatch
├── RangePending 503
├── StoreAway 503        OutcomeUnknown, StoreUnfit, ClockSkew
└── StoreFull 507

A class's wire code is its name in UPPER_SNAKE; the base itself, a failure of rankd, is INTERNAL_ERROR 500.
`title` is fixed a code; `detail` says what happened this time and what to do instead.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar


def pointer_part(name: object) -> str:
    """A key or index as a JSON pointer has it."""
    return str(name).replace("~", "~0").replace("/", "~1")


def place_of_fault(fault: Mapping[str, Any]) -> str:
    """Where a fault is: a pointer into a body, a parameter or a header; empty for the whole body."""
    return next((str(fault[kind]) for kind in ("pointer", "parameter", "header") if fault.get(kind)), "")


class RankdError(Exception):
    """An answer other than success. `faults` lists every fault of a bad request, each with its place."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    code: ClassVar[str] = "INTERNAL_ERROR"
    retry_after_s: ClassVar[int | None] = None

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()

    def __init__(self, detail: str = "", faults: list[dict[str, Any]] | None = None) -> None:
        if not detail and faults:
            first = faults[0]
            place = place_of_fault(first) or "the body"
            more = f" ({len(faults) - 1} more in `errors`)" if len(faults) > 1 else ""
            detail = f"{place}: {first['detail']}{more}"
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.faults = faults


class BadRequest(RankdError):
    status = 400
    title = "The request cannot be read"


class BadJson(BadRequest):
    title = "The body is not valid JSON"


class StaleCursor(BadRequest):
    title = "The cursor does not belong to this page"


class Unauthorized(RankdError):
    status = 401
    title = "A valid API key is needed"

    def __init__(self, detail: str = "", *, has_expired: bool = False) -> None:
        """`has_expired` is for systems that tell such a key from an unknown one; rankd's own answer does not."""
        super().__init__(detail)
        self.has_expired = has_expired


class Forbidden(RankdError):
    status = 403
    title = "This key may not do that"


class ScopeMissing(Forbidden):
    title = "The key lacks the scope for this call"


class RootOnly(Forbidden):
    title = "Only the root key may do that"


class PlayerRefused(Forbidden):
    """A player token makes its bearer one member: it reads, and submits scores of this member to boards that have
    `player_submit`. Everything else wants an API key, which belongs on your server and never into a game."""

    title = "A player token may not do that"


class MemberNotRegistered(Forbidden):
    """The board has `registered_only`: it takes scores of members that have a profile. Nothing was written; PUT
    `/v1/members/{member}` first, then send the score again."""

    title = "The board takes scores of registered members only"


class MemberBlocked(Forbidden):
    title = "No more scores are taken of this member"


class NotFound(RankdError):
    status = 404
    title = "Not found"


class RouteNotFound(NotFound):
    title = "There is no such route"


class BoardNotFound(NotFound):
    title = "There is no such board"


class EntryNotFound(NotFound):
    title = "The member has no entry on this board"


class PeriodNotFound(NotFound):
    """The board has no such type of period, or no window of that id that is kept. `GET /v1/boards/{board}/periods`
    lists those that can be read."""

    title = "The board has no such period"


class ProjectNotFound(NotFound):
    title = "There is no such project"


class KeyNotFound(NotFound):
    title = "There is no such key"


class ProfileNotFound(NotFound):
    title = "The member has no profile"


class ProblemNotFound(NotFound):
    title = "There is no such problem code"


class BanNotFound(NotFound):
    title = "The member has no ban"


class ReceiptNotFound(NotFound):
    title = "There is no such erasure"


class MethodNotAllowed(RankdError):
    status = 405
    title = "The route does not take this method"

    def __init__(self, detail: str = "", allowed: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.allowed = allowed


class Conflict(RankdError):
    status = 409
    title = "The request conflicts with the present state"


class BoardNotEmpty(Conflict):
    title = "The setting would reorder entries that are already there"


class BoardDisabled(Conflict):
    title = "The board takes no submissions now"


class BoardNotStarted(Conflict):
    """The board's `starts_at` is still to come, by the store's clock. Nothing was written; send scores from then on."""

    title = "The board has not started"


class BoardEnded(Conflict):
    """The board's `ends_at` is over, by the store's clock. Nothing was written; its entries can still be read."""

    title = "The board has ended"


class PeriodClosed(Conflict):
    """A period takes a score whose `achieved_at` lies in it until its end and `late_s` seconds more. Nothing was
    written in any period. Send the score to a board of `all` or a season alone, which take any past time, or raise
    the board's `late_s`."""

    title = "The period this score belongs to is closed"


class BoardExists(Conflict):
    """Another system's call makes boards and replaces none; `PUT /v1/boards/{board}` does both."""

    title = "A board of this id is already there"


class BoardChanging(Conflict):
    title = "The board is being changed"
    retry_after_s = 1


class ProjectExists(Conflict):
    title = "A project of this id is already there"


class ProjectChanging(Conflict):
    title = "The project is being changed"
    retry_after_s = 1


class ProjectProtected(Conflict):
    title = "The default project cannot be deleted"


class ProfileChanging(Conflict):
    title = "The profile is being changed"
    retry_after_s = 1


class KeyInUse(Conflict):
    title = "This key value is already in use"


class PepperDiffers(Conflict):
    title = "The key digests were made with another pepper"


class TooLarge(RankdError):
    status = 413
    title = "The body is too large"


class HeadersTooLarge(RankdError):
    status = 431
    title = "The request line and headers are too large"


class UnsupportedType(RankdError):
    status = 415
    title = "The body has a type this route does not take"


class Unprocessable(RankdError):
    status = 422
    title = "The request cannot be carried out"


class ValidationFailed(Unprocessable):
    title = "The request has faults"


class NotSupported(Unprocessable):
    title = "This server does not support the setting yet"


class ScoreOverflow(Unprocessable):
    title = "The sum would leave the range of a 64-bit score"


class StepTooLarge(Unprocessable):
    title = "The score would change by more than the board allows"


class ScoreOutOfBounds(Unprocessable):
    """The score lies below the board's `score_min` or above its `score_max`. Nothing was written. Bounds hold what is
    sent in, also where the board adds it up; PATCH the board to lift them."""

    title = "The score lies outside the board's bounds"


class IdempotencyMismatch(Unprocessable):
    title = "The Idempotency-Key was used with another request"


class RangePending(RankdError):
    """A span of days over many members is computed beside requests, and was not ready in time. Ask again."""

    status = 503
    title = "The range is being computed"
    retry_after_s = 2


class StoreAway(RankdError):
    status = 503
    title = "The store cannot be reached"
    retry_after_s = 1


class OutcomeUnknown(StoreAway):
    title = "Whether the write happened is not known"


class StoreUnfit(StoreAway):
    title = "The store is not fit for rankd"


class ClockSkew(StoreAway):
    title = "The clocks of rankd and its store are too far apart"


class StoreFull(RankdError):
    status = 507
    title = "The store is full"
    retry_after_s = 5


def catalogue() -> dict[str, type[RankdError]]:
    """Every code a client can meet, with its class."""
    found: dict[str, type[RankdError]] = {RankdError.code: RankdError}
    pending: list[type[RankdError]] = [RankdError]
    while pending:
        for cls in pending.pop().__subclasses__():
            found[cls.code] = cls
            pending.append(cls)
    return dict(sorted(found.items()))
