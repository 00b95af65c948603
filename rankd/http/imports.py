"""The route that takes entries as they stood elsewhere, however many."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from rankd.domain.queries import ImportQuery
from rankd.errors import RankdError, StoreAway, UnsupportedType
from rankd.http.endpoints import Answer, Call, Route, answered, with_replay
from rankd.http.import_rows import Line, csv_lines, ndjson_lines
from rankd.http.scores import BOARD
from rankd.http.shapes import fault_shape
from rankd.service.scores import Operation

LINES_A_BATCH = 500
MAX_BATCH_BYTES = 524_288
SHOWN_FAULTS = 100
_FORMATS = {
    b"text/csv": "csv",
    b"application/x-ndjson": "ndjson",
    b"application/ndjson": "ndjson",
    b"application/jsonl": "ndjson",
}
_HOW = (
    "send NDJSON as Content-Type: application/x-ndjson or CSV as text/csv, or say it with format=ndjson or format=csv"
)


@dataclass(slots=True)
class _Told:
    """What became of the lines. `replayed` counts batches that were an earlier answer given again."""

    lines: int = 0
    taken: int = 0
    changed: int = 0
    refused: int = 0
    batches: int = 0
    replayed: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: Line, error: RankdError) -> None:
        self.refused += 1
        if len(self.faults) < SHOWN_FAULTS:
            self.faults.append({"line": line.number, **fault_shape(error)})


async def import_(call: Call) -> Answer:
    query = call.query(ImportQuery)
    format_ = query.format or _FORMATS.get(call.media_type)
    if format_ is None:
        raise UnsupportedType(_HOW)
    base = call.operation()
    board = await call.services.imports.board(call.project, call.param("board"), query)
    told = _Told()
    parts = call.body_parts()
    lines = csv_lines(parts, board) if format_ == "csv" else ndjson_lines(parts)
    async for batch in _batches(lines):
        await _bring_in(call, query, batch, base, told)
    names = ("lines", "taken", "changed", "refused", "faults")
    shape = {"board": call.param("board"), **{name: getattr(told, name) for name in names}}
    return with_replay(answered(shape), bool(told.batches) and told.replayed == told.batches)


async def _batches(lines: AsyncIterator[Line]) -> AsyncIterator[list[Line]]:
    """Lines in lots of bounded size, which follow from the lines alone and so are the same in a repeat."""
    batch: list[Line] = []
    size = 0
    async for line in lines:
        batch.append(line)
        size += len(line.text)
        if len(batch) == LINES_A_BATCH or size > MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def _bring_in(call: Call, query: ImportQuery, batch: list[Line], base: Operation | None, told: _Told) -> None:
    operation = None
    if base is not None:
        text = b"\n".join([line.text for line in batch])
        operation = Operation(f"{base.key} import {told.batches}", base.request + text)
    items = [line.item for line in batch]
    try:
        applied = await call.services.imports.bring_in(call.principal, call.param("board"), items, operation, query)
    except RankdError as error:
        raise _in_the_middle(error, batch[0].number) if told.batches else error from None
    told.lines += len(batch)
    told.batches += 1
    told.replayed += applied.is_replay
    for line, outcome in zip(batch, applied.outcomes, strict=True):
        if isinstance(outcome, RankdError):
            told.refuse(line, outcome)
        else:
            told.taken += 1
            told.changed += outcome.changed


def _in_the_middle(error: RankdError, first: int) -> RankdError:
    reason = "the store cannot be reached" if type(error) is StoreAway else error.detail
    return type(error)(
        f"the lines before {first} were imported, then: {reason}; repeat the import: what is there already stays as it "
        "is, and with the same Idempotency-Key nothing is applied twice",
        error.faults,
    )


ROUTES = [
    Route("POST", BOARD + "/import", "importBoard", "admin", import_,
          "Set entries as they stood elsewhere, from NDJSON or CSV of any length",
          query=ImportQuery, takes_operation=True, takes=("application/x-ndjson", "text/csv")),
]  # fmt: skip
