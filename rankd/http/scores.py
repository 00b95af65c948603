"""Routes that write entries."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from rankd.domain.entries import Submission, WhichEntry
from rankd.domain.queries import EditQuery, Query, RemovalQuery
from rankd.domain.submissions import (
    MAX_SUBMISSIONS,
    EditBody,
    EntryBody,
    SpreadBody,
    SubmissionBody,
    plain_submission,
    to_member,
)
from rankd.errors import RankdError, ValidationFailed
from rankd.http.codec import decode, validated
from rankd.http.endpoints import Answer, Call, Route, answered, with_replay
from rankd.http.shapes import lone_entry_shape, outcome_json, placing_json
from rankd.service.pages import FoundEntry, PeriodShown


async def submit(call: Call) -> Answer:
    settings = call.services.settings
    value = decode(await call.body(settings.max_array_bytes))
    as_text = call.wants_text()
    if type(value) is list:
        return await _submit_array(call, value, as_text)
    call.check_size(settings.max_body_bytes)
    submission = _read(value)
    board_id = call.param("board")
    placing, is_replay = await call.services.scores.submit_one(call.principal, board_id, submission, call.operation())
    return with_replay(Answer(200, placing_json(board_id, placing, as_text)), is_replay)


async def _submit_array(call: Call, items: list[Any], as_text: bool) -> Answer:
    if not 1 <= len(items) <= MAX_SUBMISSIONS:
        detail = f"an array holds 1 to {MAX_SUBMISSIONS} submissions; this one has {len(items)}"
        raise ValidationFailed(faults=[{"pointer": "", "detail": detail}])
    read = [_read_or_fault(item) for item in items]
    board_id = call.param("board")
    applied = await call.services.scores.submit(call.principal, board_id, read, call.operation())
    return with_replay(_array(outcome_json(board_id, one, as_text) for one in applied.outcomes), applied.is_replay)


def _array(items: Iterable[bytes]) -> Answer:
    return Answer(200, b"[" + b",".join(items) + b"]")


def _read(value: Any) -> Submission:
    """Raises ValidationFailed, NotSupported."""
    return plain_submission(value) or validated(SubmissionBody, value).as_submission()


def _read_or_fault(value: Any) -> Submission | RankdError:
    try:
        return _read(value)
    except RankdError as error:
        return error


async def spread(call: Call) -> Answer:
    body = validated(SpreadBody, await call.json())
    as_text = call.wants_text()
    if len(set(body.boards)) < len(body.boards):
        raise ValidationFailed(faults=[{"pointer": "/boards", "detail": "names a board twice"}])
    submission, operation = body.as_submission(), call.operation()
    applied = await call.services.scores.spread(call.principal, body.boards, submission, operation)
    outcomes = zip(body.boards, applied.outcomes, strict=True)
    items = (outcome_json(board_id, outcome, as_text) for board_id, outcome in outcomes)
    return with_replay(_array(items), applied.is_replay)


def member_of(call: Call) -> str:
    """The member in the path. Raises ValidationFailed."""
    try:
        return to_member(call.param("member"))
    except ValueError as error:
        raise ValidationFailed(faults=[{"parameter": "member", "detail": str(error)}]) from None


async def put_entry(call: Call) -> Answer:
    body = await call.model(EntryBody)
    as_text = call.wants_text()
    board_id = call.param("board")
    placing = await call.services.scores.put(call.principal, board_id, body.submission(member_of(call)))
    return Answer(201 if placing.previous_score is None else 200, placing_json(board_id, placing, as_text))


async def edit_entry(call: Call) -> Answer:
    body = await call.model(EditBody)
    query = call.query(EditQuery)
    as_text, board_id = query.int64 is not None, call.param("board")
    which = WhichEntry(member_of(call), query.entry_id)
    edited = await call.services.scores.edit(call.principal, board_id, which, body)
    shown = PeriodShown(edited.window, edited.window.id)
    found = FoundEntry(edited.entry, edited.total, shown, decimals=edited.decimals, above=edited.above)
    return answered(lone_entry_shape(board_id, found, as_text))


async def remove_entry(call: Call) -> Answer:
    which = WhichEntry(member_of(call), call.query(RemovalQuery).entry_id)
    await call.services.scores.remove(call.principal, call.param("board"), which)
    return Answer(204)


BOARD = "/v1/boards/{board}"
ENTRY = BOARD + "/entries/{member}"
SUBMISSIONS: TypeAdapter[Any] = TypeAdapter(SubmissionBody | list[SubmissionBody])

ROUTES = [
    Route("POST", BOARD + "/scores", "submit", "write", submit, "Submit one score, or an array of up to 1000",
          body=SUBMISSIONS, query=Query, takes_operation=True, players=True),
    Route("POST", "/v1/scores", "submitToBoards", "write", spread, "Submit one score to up to 50 boards",
          body=SpreadBody, query=Query, takes_operation=True, players=True),
    Route("PUT", ENTRY, "setEntry", "admin", put_entry, "Set a member's score outright (not on arcade boards)",
          body=EntryBody, query=Query, success=(200, 201)),
    Route("PATCH", ENTRY, "editEntry", "admin", edit_entry, "Change an entry's metadata and fields",
          body=EditBody, query=EditQuery),
    Route("DELETE", ENTRY, "removeEntry", "admin", remove_entry,
          "Remove a member's entry; on an arcade board the one named, or all of them",
          query=RemovalQuery, success=(204,)),
]  # fmt: skip
