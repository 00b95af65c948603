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
    rank = placing.get("rank")
    before = placing.get("previous_rank")
    moved = f" (was {before})" if before not in (None, rank) else ""
    out.fields(
        placing,
        [
            ("member", placing.get("member")),
            ("rank", f"{rank} of {placing.get('total')}{moved}"),
            ("score", placing.get("score")),
            ("subscores", subscores),
            ("changed", placing.get("changed")),
            *_by_period(placing.get("periods") or {}),
        ],
    )


def _by_period(periods: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """A line a period, where a submission landed in several."""
    return [(name, _part(part)) for name, part in periods.items()] if len(periods) > 1 else []


def _part(part: dict[str, Any]) -> str:
    rank, before = part.get("rank"), part.get("previous_rank")
    moved = " (new)" if before is None else "" if before == rank else f" (was {before})"
    named = f"{part['id']}: " if part.get("id") else ""
    return f"{named}rank {rank}{moved}, score {part.get('score')}{'' if part.get('changed') else ', unchanged'}"
