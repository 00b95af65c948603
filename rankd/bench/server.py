"""The measured server: its facts, the board made for the run, and what to say when it refuses."""

import secrets
from types import TracebackType
from typing import Any, Self

import httpx2

from rankd.bench.figures import BenchFailed
from rankd.bench.target import Target

_TIMEOUT_S = 10.0
_OK = range(200, 300)

_ADVICE = {
    401: "The key is not valid there. Give --key KEY or RANKD_KEY; the root key of a local server is in "
    "<data-dir>/root.key.",
    403: "The key lacks a scope: bench needs read, write and admin. `rankd key create` makes one; the root "
    "key does too.",
    404: "The server does not know this route: is the URL that of a rankd, without /v1 at its end?",
    429: "The key is rate-limited: measure with a key that has no limit.",
    503: "The server answers, but its store is away: `rankd doctor` says what is wrong.",
    507: "The store is full: give it more memory, or measure with fewer --entries.",
}


class Server:
    """Talks to the measured server between the rounds, never while one is measured."""

    def __init__(self, target: Target) -> None:
        self.target = target
        headers = {"Authorization": f"Bearer {target.key}"} if target.key else {}
        self._client = httpx2.Client(base_url=target.url, headers=headers, timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def facts(self) -> dict[str, Any]:
        """What GET /v1/info says: version and store."""
        answer = self.call("GET", "/v1/info").json()
        if not isinstance(answer, dict) or "version" not in answer:
            raise BenchFailed(f"{self.target.url}/v1/info does not answer like a rankd; check the URL.")
        return answer

    def make_board(self) -> str:
        """A board of the run's own. By `latest` every submission changes its entry, so that none is cheap."""
        board = f"bench-{secrets.token_hex(6)}"
        self.call("PUT", f"/v1/boards/{board}", json={"name": "rankd bench", "update": "latest"})
        return board

    def drop_board(self, board: str) -> None:
        self.call("DELETE", f"/v1/boards/{board}")

    def check(self, request: bytes) -> None:
        """Sends one request of a workload alone: a refusal is explained before anything is counted."""
        head, _, body = request.partition(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
        kind = {"Content-Type": "application/json"} if body else {}
        self.call(method, path.removeprefix(self.target.prefix), content=body, headers=kind)

    def call(self, method: str, path: str, **parts: Any) -> httpx2.Response:
        """One request whose answer must be a success."""
        try:
            response = self._client.request(method, path, **parts)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise BenchFailed(
                f"{self.target.url} cannot be reached ({str(error) or type(error).__name__}). Is it running "
                "there? `rankd serve` starts it and prints its URL."
            ) from None
        if response.status_code not in _OK:
            raise BenchFailed(_refusal(method, path, response))
        return response


def _refusal(method: str, path: str, response: httpx2.Response) -> str:
    said = response.reason_phrase
    try:
        problem = response.json()
        said = f"{problem['code']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        pass
    advice = _ADVICE.get(response.status_code, "")
    return f"{method} {path} was answered {response.status_code} {said.rstrip('.')}. {advice}".rstrip()
