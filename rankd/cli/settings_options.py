"""The options that set a board's settings, one a setting, shared by `board put`, `patch` and `next`."""

import inspect
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from rankd.cli.connection import parameter
from rankd.cli.field_options import FIELD_FORM, field_rule
from rankd.cli.period_options import instant_value, period_rule

PANEL = "Settings"
CALENDAR_PANEL = "Settings of periods"


def _option(kind: Any, help_text: str, *names: str, metavar: str | None = None, panel: str = PANEL) -> Any:
    return Annotated[
        kind | None,
        typer.Option(*names, help=help_text, metavar=metavar, rich_help_panel=panel, show_default=False),
    ]


def _timed(kind: Any, help_text: str, name: str, metavar: str | None = None) -> Any:
    return _option(kind, help_text, name, metavar=metavar, panel=CALENDAR_PANEL)


_SUBSCORES_HELP = "A number that orders equal scores, NAME or NAME:asc; up to four, in their order."
_FIELDS_HELP = (
    "A value of entries, such as country:segment or time_ms:integer:rank=asc. TYPE is string (default), integer,"
    " number, boolean or date. Repeat it; patch replaces them all."
)
_PERIOD_HELP = (
    "all, daily, weekly, monthly, yearly, season or 'cron=0 4 * * 1', each with :keep=N for N closed ones that"
    " stay readable (else 4). Repeat it: the first is what reads mean; patch replaces them all."
)
_WEEKDAYS = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_FILE_HELP = "JSON object of settings, - for stdin; options beside it win."
_OPTIONS: dict[str, Any] = {
    "name": _option(str, "What people see."),
    "description": _option(str, "A longer text."),
    "icon_url": _option(str, "An http or https address, or a relative one."),
    "enabled": _option(bool, "Whether it takes submissions.", "--enabled/--disabled"),
    "order": _option(Literal["desc", "asc"], "desc: high scores stand first; asc: low ones, as in a race."),
    "update": _option(
        Literal["best", "latest", "sum"],
        "What a further submission does: the better one stays, the later one, or they add.",
    ),
    "tie_break": _option(Literal["first", "last"], "Of equal scores, who stands above: who reached it first, or last."),
    "rank_style": _option(Literal["unique", "competition", "dense"], "Ranks of equal scores: 1,2,3 or 1,1,3 or 1,1,2."),
    "subscore": _option(list[str], _SUBSCORES_HELP, "--subscore", metavar="NAME[:ORDER]"),
    "field": _option(list[str], _FIELDS_HELP, "--field", metavar=FIELD_FORM),
    "decimals": _option(int, "How many of a score's last digits are shown as its decimals.", metavar="0-9"),
    "score_min": _option(str, "The least score a submission may have; none lifts it.", metavar="SCORE"),
    "score_max": _option(str, "The greatest score a submission may have; none lifts it.", metavar="SCORE"),
    "unique": _option(
        bool, "Whether a member has one entry; else (arcade) every submission is one.", "--unique/--no-unique"
    ),
    "entries_per_member": _option(
        str, "Of arcade boards: a member's worst entries beyond it leave; none lifts it.", metavar="COUNT"
    ),
    "max_step": _option(
        str, "The most that a submission may change a standing score by; none lifts it.", metavar="STEP"
    ),
    "teams": _option(bool, "Whether submissions may name a team, which then has an entry too.", "--teams/--no-teams"),
    "team_update": _option(
        Literal["sum", "best", "latest"],
        "What a submission does to its team's entry; sum if not said.",
        "--team-update",
    ),
    "team_moves": _option(
        bool, "Whether who changes team takes along what it brought.", "--team-moves/--no-team-moves"
    ),
    "previous_scores": _option(
        bool,
        "Whether entries say the score they had before.",
        "--previous-scores/--no-previous-scores",
    ),
    "registered_only": _option(bool, "Whether only members with a profile may submit.", "--registered-only/--anyone"),
    "player_submit": _option(
        bool, "Whether player tokens may submit scores of their own member.", "--player-submit/--no-player-submit"
    ),
    "source": _option(
        str, "The event that feeds it, and the value that is its score; none lifts it.", metavar="EVENT:VALUE"
    ),
}
_CALENDAR_OPTIONS: dict[str, Any] = {
    "period": _timed(list[str], _PERIOD_HELP, "--period", "TYPE[:keep=N]"),
    "timezone": _timed(str, "Zone whose wall clock periods follow, such as Europe/Paris.", "--timezone", "NAME"),
    "reset_time": _timed(str, "When days, weeks, months and years begin.", "--reset-time", "HH:MM[:SS]"),
    "reset_weekday": _timed(_WEEKDAYS, "The day that weeks begin on.", "--reset-weekday"),
    "reset_day": _timed(int, "The day that months begin on; in shorter ones their last.", "--reset-day", "1-31"),
    "starts_at": _timed(str, "No submission before it; none lifts it.", "--starts-at", "INSTANT"),
    "ends_at": _timed(str, "No submission from it on; none lifts it.", "--ends-at", "INSTANT"),
    "late_s": _timed(int, "Seconds after its end that a period takes late scores for.", "--late-s", "0-300"),
    "keep_days": _timed(int, "Days kept for reads of any span (--from, --to); 0: none.", "--keep-days", "DAYS"),
}
# Settings that are parts of an object: option -> object and key.
_PARTS = {
    "reset_time": ("reset", "time"),
    "reset_weekday": ("reset", "weekday"),
    "reset_day": ("reset", "day"),
    "keep_days": ("ranges", "keep_days"),
}
_BOUNDS = ("score_min", "score_max", "max_step")
_NOT_PLAIN = {"subscore", "field", "teams", "source", "entries_per_member", *_BOUNDS}
_PLAIN = [*(_OPTIONS.keys() - _NOT_PLAIN), "timezone", "late_s"]


def _parameters(options: dict[str, Any]) -> list[inspect.Parameter]:
    return [parameter(name, kind, None) for name, kind in options.items()]


CALENDAR_PARAMETERS = _parameters({**_CALENDAR_OPTIONS, "file": _timed(str, _FILE_HELP, "--file", "FILE")})
PARAMETERS = _parameters({**_OPTIONS, "file": _option(str, _FILE_HELP, "--file", metavar="FILE"), **_CALENDAR_OPTIONS})


def settings_from(given: dict[str, Any]) -> dict[str, Any]:
    """The settings document: the file's, then what the options say. Options that are parts join their object."""
    settings = _read(given["file"]) if given["file"] else {}
    told = {name: value for name, value in given.items() if value not in (None, [], ()) and name != "file"}
    settings |= {name: told[name] for name in _PLAIN if name in told}
    settings |= {name: instant_value(told[name]) for name in ("starts_at", "ends_at") if name in told}
    settings |= {name: None if told[name] == "none" else told[name] for name in _BOUNDS if name in told}
    if "source" in told:
        settings["source"] = _source(told["source"])
    if "entries_per_member" in told:
        settings["entries_per_member"] = _count(told["entries_per_member"], "--entries-per-member")
    if "teams" in told:
        settings["member_types"] = ["user", "team"] if told["teams"] else ["user"]
    if "subscore" in told:
        settings["subscores"] = [_subscore(text) for text in told["subscore"]]
    if "field" in told:
        settings["fields"] = [field_rule(text) for text in told["field"]]
    if "period" in told:
        settings["periods"] = [period_rule(text) for text in told["period"]]
    return merged(settings, _parts(told))


def _parts(told: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for option, (name, key) in _PARTS.items():
        if option in told:
            parts.setdefault(name, {})[key] = told[option]
    return parts


def merged(settings: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Settings with others over them, as PATCH does it: `reset` and `ranges` key by key."""
    joined = {**settings, **over}
    for name in {part for part, _ in _PARTS.values()}:
        below, above = settings.get(name), over.get(name)
        if isinstance(below, dict) and isinstance(above, dict):
            joined[name] = {**below, **above}
    return joined


def _count(text: str, option: str) -> int | None:
    if text == "none":
        return None
    if not (text.isascii() and text.isdecimal()):
        raise typer.BadParameter(f"{text!r} is no whole number, and not none", param_hint=option)
    return int(text)


def _subscore(text: str) -> dict[str, str]:
    name, _, order = text.partition(":")
    if order not in ("", "asc", "desc") or not name:
        raise typer.BadParameter(f"{text!r} is not NAME, NAME:asc or NAME:desc", param_hint="--subscore")
    return {"name": name, "order": order or "desc"}


def _source(text: str) -> dict[str, str] | None:
    event, _, value = text.rpartition(":")
    if text != "none" and not (event and value):
        raise typer.BadParameter(f"{text!r} is not EVENT:VALUE, such as kill-enemy:amount", param_hint="--source")
    return None if text == "none" else {"event": event, "score": value}


def _read(file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
        settings = json.loads(text)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file} is no readable JSON file: {error}", param_hint="--file") from None
    if not isinstance(settings, dict):
        raise typer.BadParameter(f"{file} holds no JSON object", param_hint="--file")
    return settings
