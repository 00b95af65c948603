"""`rankd submit`: one score to one board."""

import uuid
from typing import Annotated, Any

import typer

from rankd.cli.boards import Board
from rankd.cli.client import Client, path
from rankd.cli.connection import client_command
from rankd.cli.failures import Refusal
from rankd.cli.json_options import json_object, json_value
from rankd.cli.output import Output

Member = Annotated[str, typer.Argument(metavar="MEMBER", help="Id of the member, exact.", show_default=False)]
Score = Annotated[str, typer.Argument(metavar="SCORE", help="Whole number of 64 bits.", show_default=False)]
Subscores = Annotated[
    list[str] | None,
    typer.Option("--subscore", metavar="NAME=VALUE", help="A subscore; repeat it.", show_default=False),
]
Metadata = Annotated[
    str | None, typer.Option("--metadata", metavar="JSON", help="Any JSON up to 2 KiB.", show_default=False)
]
Team = Annotated[
    str | None,
    typer.Option("--team", metavar="TEAM", help="The team that this counts for as well.", show_default=False),
]
Fields = Annotated[
    str | None,
    typer.Option("--fields", metavar="JSON", help="Values of the board's fields, an object.", show_default=False),
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        metavar="TEXT",
        show_default=False,
        help="Sent again with the same key within 24 h, it counts once. Default: a new one.",
    ),
]

_UNKEPT = "none: not kept, the board has as many better ones of this member as it keeps"
_HIDDEN = "none: the member is hidden; the score is kept"


def register(app: typer.Typer, panel: str) -> None:
    """Adds the command."""
    # A score may be negative, and `-5` is then an argument, not an unknown option.
    negative = {"ignore_unknown_options": True}
    client_command(app, "submit", rich_help_panel=panel, context_settings=negative)(submit)


def submit(  # noqa: PLR0913 - one parameter an option
    client: Client,
    out: Output,
    board: Board,
    member: Member,
    score: Score,
    *,
    subscore: Subscores = None,
    fields: Fields = None,
    metadata: Metadata = None,
    team: Team = None,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Send a score and print where the member stands now.

    On an arcade board every score is an entry: its number is printed, which
    `rankd rank --entry-id` takes. One that is worse than those the board keeps
    of a member is said to be none.

    Examples:

      rankd submit arcade ada 4200
      rankd submit league ada 3 --subscore goals=7 --subscore fouls=1
      rankd submit arcade ada 4200 --fields '{"country": "FR", "time_ms": 8150}'
      rankd submit arcade ada 4200 --metadata '{"ship": "x"}'
      rankd submit league ada 3 --team red
      rankd submit golf ada -5
      rankd submit arcade --json -- --odd-name-- 7
    """
    submission: dict[str, Any] = {"member": member, "score": score}
    if subscore:
        submission["subscores"] = dict(_pair(text) for text in subscore)
    if fields is not None:
        submission["fields"] = json_object(fields, "--fields")
    if metadata is not None:
        submission["metadata"] = json_value(metadata, "--metadata")
    if team is not None:
        submission["team"] = team
    repeat_with = idempotency_key or f"cli-{uuid.uuid4()}"
    try:
        placing = client.post(path("boards", board, "scores"), submission, repeat_with)
    except Refusal as refusal:
        if refusal.may_pass and (refusal.status or refusal.sent):
            refusal.then = _then_repeat(refusal, repeat_with)
        raise
    _show(out, placing)


def _then_repeat(refusal: Refusal, key: str) -> str:
    """What a server lacks is mended first; to repeat is then safe with the key that was sent."""
    first = {
        "STORE_FULL": "Free or raise the store's memory (maxmemory); then repeat it",
        "STORE_AWAY": "`rankd doctor` on the server's machine says what is wrong; then repeat it",
        "STORE_UNFIT": "`rankd doctor` on the server's machine says what is wrong; then repeat it",
    }.get(refusal.code, "Repeat it")
    asked = "" if refusal.status else f"{refusal.then}\n"
    return f"{asked}{first} with --idempotency-key {key}: it cannot count twice."


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--subscore")
    return name, value


def _show(out: Output, placing: dict[str, Any]) -> None:
    subscores = ", ".join(f"{name}={value}" for name, value in (placing.get("subscores") or {}).items())
    out.fields(
        placing,
        [
            ("member", placing.get("member")),
            ("entry", placing.get("entry_id")),
            ("rank", _rank(placing)),
            ("score", placing.get("score")),
            ("subscores", subscores),
            ("changed", placing.get("changed")),
            *_by_period(placing),
        ],
    )


def _rank(placing: dict[str, Any]) -> str:
    """`3 of 812 (was 7)`, or why there is none."""
    rank, before = placing.get("rank"), placing.get("previous_rank")
    if rank is None:
        return _UNKEPT if _is_unkept(placing, placing) else _HIDDEN
    moved = f" (was {before})" if before not in (None, rank) else ""
    return f"{rank} of {placing.get('total')}{moved}"


def _is_unkept(placing: dict[str, Any], part: dict[str, Any]) -> bool:
    """Whether the entry is none of those that an arcade board keeps of the member, in one period."""
    return "entry_id" in placing and part.get("rank") is None and not part.get("changed")


def _by_period(placing: dict[str, Any]) -> list[tuple[str, str]]:
    """A line a period, where a submission landed in several."""
    periods = placing.get("periods") or {}
    return [(name, _part(placing, part)) for name, part in periods.items()] if len(periods) > 1 else []


def _part(placing: dict[str, Any], part: dict[str, Any]) -> str:
    named = f"{part['id']}: " if part.get("id") else ""
    rank, before = part.get("rank"), part.get("previous_rank")
    if _is_unkept(placing, part):
        return f"{named}not kept"
    moved = " (new)" if before is None else "" if before == rank else f" (was {before})"
    place = "no rank" if rank is None else f"rank {rank}{moved}"
    return f"{named}{place}, score {part.get('score')}{'' if part.get('changed') else ', unchanged'}"
