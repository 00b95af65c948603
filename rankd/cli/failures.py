"""Refusals, and what a person should do next about each. Raised by the client, printed at one place.

Exit codes: 1 for what the server or the network refused, 2 for wrong usage (typer's own).
"""

import re
from typing import Any

import typer
from typer.core import TyperGroup

from rankd.cli import output

CONFLICT = 409
PASSING = (429, 503, 507)
NEXT_STEPS = {
    "UNAUTHORIZED": "Pass --key or set RANKD_KEY. On the server's machine the root key is read from"
    " DATA_DIR/root.key (--data-dir).\nRetired keys: rankd key list.",
    "SCOPE_MISSING": "Use a key with the scope this call needs; `rankd key create --help` shows how to make one.",
    "ROOT_ONLY": "Use the root key: it lies in DATA_DIR/root.key on the server's machine.",
    "BOARD_NOT_FOUND": "See the boards with `rankd board list`, or make this one with `rankd board put`.",
    "ENTRY_NOT_FOUND": "See who is on the board with `rankd top`; ids count every character.",
    "PROJECT_NOT_FOUND": "See them with `rankd project list`, or make one with `rankd project create`.",
    "KEY_NOT_FOUND": "See the keys with `rankd key list`.",
    "BOARD_NOT_EMPTY": "Make another board for the new order, or empty this one with `rankd board reset`.",
    "PERIOD_NOT_FOUND": "See what can be read with `rankd board periods BOARD`.",
    "RANGE_PENDING": "Ask again in a while: what has been computed is not lost.",
    "PERIOD_CLOSED": "Send scores while their period runs; `rankd board patch --late-s` gives them up to 300 s more.",
    "BOARD_NOT_STARTED": "See starts_at with `rankd board get`; `rankd board patch BOARD --starts-at` moves it.",
    "BOARD_ENDED": "See ends_at with `rankd board get`; `rankd board patch BOARD --ends-at` moves it.",
    "BOARD_DISABLED": "Open it with `rankd board patch BOARD --enabled`.",
    "OUTCOME_UNKNOWN": "Repeat it with the same idempotency key: it cannot count twice.",
    "STORE_AWAY": "Run `rankd doctor` on the server's machine: it says what is wrong.",
    "STORE_UNFIT": "Run `rankd doctor` on the server's machine: it says what is wrong.",
    "STORE_FULL": "Free or raise the store's memory (maxmemory), then repeat it. Reads go on meanwhile.",
    "PEPPER_DIFFERS": "Start this server with RANKD_PEPPER set to the one of the server that was exported from,"
    "\nor remove keys.json from the folder and make new keys here.",
    "IDEMPOTENCY_MISMATCH": "Use a new idempotency key for a new submission.",
}


class Refusal(Exception):
    """What happened, where, why and what to do next; `status` 0 when no server answered."""

    exit_code = 1

    def __init__(self, what: str, where: str = "", why: str = "", then: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.then = what, where, why, then
        self.status = 0
        self.sent = False  # whether it may have been carried out, though no answer came
        self.code = ""
        self.retry_after_s: float | None = None

    @property
    def may_pass(self) -> bool:
        """Whether the same request with the same idempotency key may succeed later."""
        busy = self.status == CONFLICT and self.retry_after_s is not None
        return busy or self.status in PASSING

    def show(self) -> None:
        facts = [("where", self.where), ("why", self.why), ("next", self.then)]
        output.failure(self.what, [(label, text) for label, text in facts if text])


class WrongUsage(Refusal):
    """What was asked cannot be sent at all."""

    exit_code = 2


class Unreachable(Refusal):
    """No answer arrived: refused, cut or too slow."""

    @property
    def may_pass(self) -> bool:
        return True


def faults_of(problem: dict[str, Any]) -> list[str]:
    """One line a fault: where in the request it is, and what it is."""
    lines = []
    for fault in problem.get("errors") or []:
        place = next((fault[name] for name in ("pointer", "parameter", "header") if fault.get(name)), "")
        lines.append(f"{place}: {fault.get('detail', '')}" if place else str(fault.get("detail", "")))
    return lines


def of_problem(problem: dict[str, Any], status: int, where: str, retry_after: str | None) -> Refusal:
    """A problem document (RFC 9457) as a refusal."""
    code = str(problem.get("code", ""))
    title = problem.get("title") or f"The server answered {status}"
    why = _why(problem, title)
    request_id = problem.get("request_id")
    refusal = Refusal(
        f"{title} ({code} {status})" if code else str(title),
        f"{where}  request {request_id}" if request_id else where,
        "\n".join(why),
        _next_step(code, str(problem.get("detail"))),
    )
    refusal.status, refusal.code = status, code
    if retry_after and retry_after.isdigit():
        refusal.retry_after_s = float(retry_after)
    return refusal


def _why(problem: dict[str, Any], title: object) -> list[str]:
    """Every fault once: the detail of a problem with faults repeats the first of them."""
    faults = faults_of(problem)
    detail = problem.get("detail")
    first = next((str(fault.get("detail") or "") for fault in problem.get("errors") or []), "")
    if detail in (None, title) or (first and first in str(detail)):
        return faults
    return [str(detail), *faults]


def _next_step(code: str, detail: str) -> str:
    missing = re.search(r"\bscope '?(read|write|admin)\b", detail)
    if code == "SCOPE_MISSING" and missing:
        scope = missing[1]
        return f"Use a key with the scope {scope}; the root key makes one: rankd key create --name NAME --scope {scope}"
    return NEXT_STEPS.get(code, "")


def plain(fault: str) -> str:
    """What pydantic says of a value, as a person would say it."""
    text = fault.removeprefix("Value error, ").removesuffix(".")
    if text.startswith("Input should be a valid integer"):
        return "give a whole number"
    if text.startswith("Input should be a valid number"):
        return "give a number"
    return text.replace("Input should be less than or equal to", "give at most").replace(
        "Input should be greater than or equal to", "give at least"
    )


class RefusalGroup(TyperGroup):
    """The one place where a refusal ends a command: printed, exit 1, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as wrong:
            wrong.message = plain(wrong.message)
            raise
        except Refusal as refusal:
            refusal.show()
            return ctx.exit(refusal.exit_code)
