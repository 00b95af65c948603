"""Routes for operators: health, what this server is, and what its problem codes mean."""

import html
import re

from rankd.errors import ProblemNotFound, RankdError, catalogue
from rankd.http.endpoints import PUBLIC, Answer, Call, Route, answered

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{code}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>
<h1>{title}</h1><p><code>{code}</code>, HTTP status {status}.</p><p>{advice}</p></html>
"""


async def healthz(_: Call) -> Answer:
    """The process answers; says nothing of the store."""
    return answered({"status": "ok"})


async def readyz(call: Call) -> Answer:
    """The store answers and keeps the promised durability. Raises StoreAway, StoreUnfit."""
    readiness = await call.services.health.readiness()
    return answered({"status": "ready", **{name: getattr(readiness, name) for name in readiness.__slots__}})


async def about(call: Call) -> Answer:
    return answered(await call.services.health.description())


async def problem_page(call: Call) -> Answer:
    """What a problem code means, for people. Raises ProblemNotFound."""
    error = catalogue().get(call.param("code"))
    if error is None:
        raise ProblemNotFound(f"there is no problem code {call.param('code')!r}")
    own_words = "" if error is RankdError else " ".join((error.__doc__ or "").split())
    advice = own_words or _advice(error.status)
    texts = {"code": error.code, "title": error.title, "advice": advice}
    page = _PAGE.format(status=error.status, **{name: _as_html(text) for name, text in texts.items()})
    return Answer(200, page.encode(), b"text/html; charset=utf-8")


def _as_html(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _advice(status: int) -> str:
    if status == RankdError.status:
        return (
            "rankd itself failed, which is a bug: please report it with the log line of this `request_id`. "
            "Whether a write happened is not known; sent again with the same Idempotency-Key it counts once."
        )
    if status in (503, 507):
        return (
            "Nothing is wrong with the request. Wait as long as Retry-After says and send it again, "
            "with the same Idempotency-Key if it writes."
        )
    return (
        "The field `detail` of the answer says what happened, and `errors` names every fault with its place. "
        "Correct the request before sending it again."
    )


ROUTES = [
    Route("GET", "/healthz", "health", PUBLIC, healthz, "Whether the process answers"),
    Route("GET", "/readyz", "readiness", PUBLIC, readyz, "Whether the store answers as promised"),
    Route("GET", "/v1/info", "about", PUBLIC, about, "What this server is"),
    Route("GET", "/problems/{code}", "problem", PUBLIC, problem_page, "What a problem code means"),
]
