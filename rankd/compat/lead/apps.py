"""An app's board: made at the first use, and given back the native fields it lacks."""

from rankd.compat.lead.columns import BOARD, NATIVE, NEW, SUBMISSION
from rankd.domain.boards import Board, BoardSettings
from rankd.domain.fields import FieldRule
from rankd.errors import BoardExists, BoardNotFound, Conflict
from rankd.http.codec import validated
from rankd.http.endpoints import Call

_ONE_ENTRY = "the board 'lead' of this project keeps one entry a member; an app's rows need one with unique false"
_NO_DATE = "the field 'submission' of this project's board 'lead' has to be of type date"


class Unprepared(Exception):
    """The app's board lacks native fields."""


def demand_rows(board: Board) -> None:
    """Raises Conflict where a board cannot hold an app's rows, Unprepared where it lacks native fields."""
    if board.unique:
        raise Conflict(_ONE_ENTRY)
    if not _has_native_fields(board):
        raise Unprepared
    if any(rule.name == SUBMISSION and rule.type != "date" for rule in board.fields):
        raise Conflict(_NO_DATE)


def _has_native_fields(board: Board) -> bool:
    shown = {rule.name for rule in board.fields if not rule.hidden}
    return all(rule.name in shown for rule in NATIVE)


async def prepare(call: Call) -> None:
    """Makes the app's board, or declares the native fields on one that is there."""
    try:
        await call.services.boards.create(call.project, BOARD, NEW)
    except BoardExists:
        board = await call.services.boards.get(call.project, BOARD)
        if not _has_native_fields(board):
            await declare(call, *NATIVE, over=False)


async def declare(call: Call, *rules: FieldRule, over: bool = True) -> None:
    """Declares fields of an app, those that are there anew only where `over` says so. Raises BoardNotFound."""

    def merged(present: Board) -> BoardSettings:
        standing = {rule.name: rule for rule in present.fields}
        kept = {name: rule for name, rule in standing.items() if not rule.hidden and not over}
        return with_fields(present, [*(standing | {rule.name: rule for rule in rules} | kept).values()])

    await call.services.boards.patch(call.project, BOARD, merged)


def with_fields(board: Board, rules: list[FieldRule]) -> BoardSettings:
    """A board's settings with other fields. Raises ValidationFailed."""
    settings = board.model_dump(mode="json", include=set(BoardSettings.model_fields) - {"fields"})
    return validated(BoardSettings, {**settings, "fields": rules})


async def known_app(call: Call) -> Board | None:
    """The app's board as this process knows it; None before its first use."""
    try:
        return (await call.services.boards.known(call.project, BOARD))[0]
    except BoardNotFound:
        return None
