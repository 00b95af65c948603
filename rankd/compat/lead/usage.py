"""Lead's usage page, at the root of the mount."""

from pathlib import Path

from rankd.compat.lead.doorway import MOUNT
from rankd.http.endpoints import PUBLIC, Answer, Call, Route

_PAGE = Path(__file__).with_name("usage.html").read_bytes()
_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


async def usage(_: Call) -> Answer:
    return Answer(200, _PAGE, b"text/html; charset=utf-8", [(b"content-security-policy", _POLICY)])


ROUTES = [
    Route("GET", MOUNT, "leadUsage", PUBLIC, usage, "How to use Lead's API, as a page", gives=("text/html",),
          also=(MOUNT + "/", MOUNT + "/v1", MOUNT + "/v1/")),
]  # fmt: skip
