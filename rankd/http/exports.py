"""The route that sends a whole board."""

from collections.abc import AsyncIterator

from rankd.domain.queries import ExportQuery
from rankd.errors import ValidationFailed
from rankd.http.endpoints import Answer, Call, Route
from rankd.http.export_rows import csv_lines, ndjson
from rankd.http.parquet import demand_parquet, parquet
from rankd.http.scores import BOARD
from rankd.service.exports import Export

_KINDS = {
    "ndjson": b"application/x-ndjson",
    "csv": b"text/csv; charset=utf-8",
    "parquet": b"application/vnd.apache.parquet",
}


async def export(call: Call) -> Answer:
    query = call.query(ExportQuery)
    if query.format == "parquet":
        demand_parquet()
    try:
        begun = await call.services.exports.begun(call.project, call.param("board"), query)
    except ValidationFailed as refused:
        raise ValidationFailed(faults=call.parameters_of(refused)) from None
    name = f"{begun.board.id}-{begun.period.id}.{query.format}".replace(":", "-")
    headers = [
        (b"content-disposition", f'attachment; filename="{name}"'.encode()),
        (b"cache-control", b"no-store"),
        (b"rankd-cursor", begun.cursor.encode()),
    ]
    return Answer(200, kind=_KINDS[query.format], headers=headers, parts=_parts(begun, query))


def _parts(begun: Export, query: ExportQuery) -> AsyncIterator[bytes]:
    if query.format == "parquet":
        return parquet(begun.steps, begun.board)
    if query.format == "csv":
        return csv_lines(begun.steps, begun.board, has_header=query.after is None)
    return ndjson(begun.steps, query.int64 is not None)


ROUTES = [
    Route("GET", BOARD + "/export", "exportBoard", "read", export,
          "A whole board as NDJSON, CSV or Parquet, in order", query=ExportQuery, players=False,
          gives=tuple(kind.partition(b";")[0].decode() for kind in _KINDS.values())),
]  # fmt: skip
