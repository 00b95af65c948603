"""Routes of game events."""

from rankd.domain.events import EventBody
from rankd.domain.queries import Query
from rankd.http.endpoints import Answer, Call, Route, with_replay
from rankd.http.shapes import outcome_json


async def take(call: Call) -> Answer:
    event = (await call.model(EventBody)).as_event()
    as_text = call.wants_text()
    board_ids, applied = await call.services.events.take(call.principal, event, call.operation())
    outcomes = zip(board_ids, applied.outcomes, strict=True)
    items = [outcome_json(board_id, outcome, as_text) for board_id, outcome in outcomes]
    return with_replay(Answer(200, b"[" + b",".join(items) + b"]"), applied.is_replay)


ROUTES = [
    Route("POST", "/v1/events", "sendEvent", "write", take, "Submit a game event to every board whose source it is",
          body=EventBody, query=Query, takes_operation=True, players=True),
]  # fmt: skip
