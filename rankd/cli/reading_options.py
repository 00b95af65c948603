"""The options that say what a read is of: a segment, members or teams, a period or a span of days; shared by `top`,
`rank` and `around`."""

import inspect
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import typer

from rankd.cli.client import Client
from rankd.cli.connection import parameter
from rankd.cli.failures import Refusal
from rankd.cli.output import Output, note
from rankd.cli.patience import patiently
from rankd.cli.times import now, read_instant, span_text, utc_text

PANEL = "Time"
PENDING = "RANGE_PENDING"
PATIENCE_S = 300.0
_PERIOD_HELP = (
    # No colon behind the 1: rich would make a thumb of it.
    "weekly is the running one of that type, weekly:-1 the one before; or an id, 2026-W46. Default: the board's first."
)
_AGGREGATE_HELP = "Of a span: rank by the sum or the best of each member's submissions; else as the board does."
_PARTS_SHOWN = 2
_SEGMENT_HELP = "Only entries with this value of a field, ranked among themselves; `board values` lists the values."
Segment = Annotated[
    str | None, typer.Option("--segment", help=_SEGMENT_HELP, metavar="FIELD:VALUE", show_default=False)
]


def _option(kind: Any, help_text: str, name: str, metavar: str | None = None) -> Any:
    return Annotated[
        kind | None,
        typer.Option(name, help=help_text, metavar=metavar, rich_help_panel=PANEL, show_default=False),
    ]


_Teams = Annotated[
    bool | None, typer.Option("--teams", help="Read the board's teams, not its members.", show_default=False)
]

READING_PARAMETERS: list[inspect.Parameter] = [
    parameter("teams", _Teams, None),
    parameter("segment", Segment, None),
    parameter("period", _option(str, _PERIOD_HELP, "--period", "PERIOD"), None),
    parameter(
        "first_day",
        _option(
            str, "First day of a span, by the board's zone; the board's --keep-days bounds it.", "--from", "YYYY-MM-DD"
        ),
        None,
    ),
    parameter("last_day", _option(str, "Last day of a span, itself included.", "--to", "YYYY-MM-DD"), None),
    parameter("aggregate", _option(Literal["sum", "best"], _AGGREGATE_HELP, "--aggregate"), None),
]
_NAMES = {
    "segment": "segment",
    "period": "period",
    "first_day": "from",
    "last_day": "to",
    "aggregate": "aggregate",
}


def asked_of(given: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the API that these options are."""
    asked = {_NAMES[name]: value for name, value in given.items() if name in _NAMES and value is not None}
    return {**asked, "member_type": "team"} if given.get("teams") else asked


def read(client: Client, out: Output, where: str, params: dict[str, Any], wants: Sequence[str]) -> Any:
    """The answer to a read. A span of days that is still being computed is asked for again."""

    def waiting(refusal: Refusal, _pause_s: float) -> None:
        if not out.machine:
            note(refusal.why)

    return patiently(
        lambda: client.get(where, params, wants), PATIENCE_S, waiting, lambda refusal: refusal.code == PENDING
    )


def time_of(answer: dict[str, Any], asked: dict[str, Any]) -> str:
    """What time an answer is of, and when that ends: `2026-W47, ends 2026-11-23 03:00 UTC, in 1 d 3 h`."""
    period = answer.get("period")
    if not isinstance(period, dict) or period.get("type") == "all":
        return ""
    as_of = read_instant(period.get("as_of"))
    if as_of:
        aggregate = f"{asked['aggregate']} of " if "aggregate" in asked else ""
        return f"{aggregate}{asked.get('from')} to {asked.get('to')}, as of {utc_text(as_of)} UTC"
    ends = read_instant(period.get("ends_at"))
    return f"{period.get('id')}, {_end_text(ends)}" if ends else str(period.get("id"))


def _end_text(ends: datetime) -> str:
    left = ends - now()
    at = f"{utc_text(ends)} UTC"
    return f"ended {at}" if left <= timedelta() else f"ends {at}, in {span_text(left, _PARTS_SHOWN)}"
