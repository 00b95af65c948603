"""Periods and instants as options write them: `weekly:keep=8`, `cron=0 4 * * 1`, `2026-12-01T00:00:00Z`, `none`."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import typer

# The domain names the same; importing it takes longer than a help text.
TYPES = ("all", "daily", "weekly", "monthly", "yearly", "season", "cron")
NONE = "none"
FORM = "TYPE, TYPE:keep=N or 'cron=0 4 * * 1:keep=N'"
_RULE = re.compile(r"(?P<type>[^:=]*)(=(?P<cron>[^:]*))?(:keep=(?P<keep>[0-9]{1,9}))?")


def period_rule(text: str) -> dict[str, Any]:
    """The document of a `--period`. What the numbers may be is the server's word."""
    found = _RULE.fullmatch(text.strip())
    if found is None:
        bare = re.fullmatch(r"(.*):([0-9]+)", text)
        raise _refused(f"{text!r} is not {FORM}" + (f"; did you mean {bare[1]}:keep={bare[2]}?" if bare else ""))
    kind, cron, keep = found["type"].strip(), found["cron"], found["keep"]
    if kind not in TYPES:
        near = get_close_matches(kind, TYPES, 1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise _refused(f"{kind!r} is no type of period; {meant}There are {', '.join(TYPES)}")
    if kind == "cron" and not cron:
        raise _refused("a cron period needs its expression: --period 'cron=0 4 * * 1'")
    if kind != "cron" and cron is not None:
        raise _refused(f"{text!r}: only cron takes an expression; say when with --reset-time, --reset-weekday ...")
    rule: dict[str, Any] = {"type": kind}
    if cron:
        rule["cron"] = cron.strip()
    if keep:
        rule["keep"] = int(keep)
    return rule


def rule_text(rule: Mapping[str, Any]) -> str:
    """The `--period` that a rule is."""
    keep = rule.get("keep")
    cron = f"={rule['cron']}" if rule.get("cron") else ""
    return f"{rule.get('type')}{cron}" + ("" if keep is None else f":keep={keep}")


def instant_value(text: str) -> str | int | None:
    """What the API takes: text, epoch milliseconds, or null for `none`."""
    if text == NONE:
        return None
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text


def _refused(why: str) -> typer.BadParameter:
    return typer.BadParameter(why, param_hint="--period")
