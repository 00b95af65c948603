"""The HTTP client of the commands: alone speaks to a server, and turns everything foreign into a Refusal.

httpx2 is imported where it is used: it takes longer than all of `--help`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

from rankd.cli.failures import Refusal, Unreachable, WrongUsage, of_problem

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 30.0
PAGE_ROWS = 1000
EXAMPLE_URL = "http://127.0.0.1:8080"


def server_url(text: str) -> str:
    """The address as given, with http:// where no scheme is. Errors: Refusal."""
    url = (text if "://" in text else f"http://{text}").rstrip("/")
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not url.isascii() or not url.isprintable() or " " in url:
        raise WrongUsage(f"{text!r} is not the URL of a server", "--url", "", f"Write it as {EXAMPLE_URL}")
    return url


def is_loopback(url: str) -> bool:
    """Whether `url` can only mean this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def path(*parts: str) -> str:
    """`/v1/` and the percent-encoded parts; a part of dots only would otherwise be resolved away."""
    encoded = (
        quote(part, safe="").replace(".", "%2E") if part in (".", "..") else quote(part, safe="") for part in parts
    )
    return "/v1/" + "/".join(encoded)


def _start_hint(url: str) -> str:
    if is_loopback(url):
        return "Start a server with `rankd serve`, or name another one with --url or RANKD_URL."
    return "Check --url (or RANKD_URL) and that the server runs there."


class Client:
    """One server, one key. `get`, `put`, ... answer parsed JSON or raise a Refusal.

    `key_file` is named to the person if the server does not know the key that was read from it.
    """

    def __init__(self, url: str, key: str | None, project: str | None = None, key_file: Path | None = None) -> None:
        import httpx2  # noqa: PLC0415

        headers = {"Accept": "application/json"}
        if key:
            if not (key.isascii() and key.isprintable()):
                raise WrongUsage("The key is no rankd key", "--key", "It holds characters that no key has.")
            headers["Authorization"] = f"Bearer {key}"
        if project:
            headers["X-Project-Id"] = project
        self.url = server_url(url)
        self.project = project or "default"
        self._key_file = key_file
        # A proxy of the environment has no business between this machine and itself.
        self._http = httpx2.Client(
            headers=headers,
            timeout=httpx2.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=not is_loopback(self.url),
            # Redirects are not followed: plain HTTP never meets TLS, and loading its roots takes 90 ms.
            verify=self.url.startswith("https:"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, where: str, params: Mapping[str, Any] | None = None, wants: Sequence[str] = ()) -> Any:
        """`wants`: what the answer of a rankd holds."""
        answer = self.send("GET", where, params=params)
        document = _document(answer, dict)
        if any(name not in document for name in wants):
            raise _foreign(answer, f"GET {self.url}{where}")
        return document

    def put(self, where: str, document: Any) -> Any:
        return _document(self.send("PUT", where, json=document), dict)

    def patch(self, where: str, document: Any) -> Any:
        return _document(self.send("PATCH", where, json=document), dict)

    def post(self, where: str, document: Any, idempotency_key: str | None = None) -> Any:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return _document(self.send("POST", where, json=document, headers=headers), type(document))

    def delete(self, where: str) -> None:
        self.send("DELETE", where)

    def pages(self, where: str, name: str, params: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Every item of a list that comes in pages, under `name` in each."""
        params = {"limit": PAGE_ROWS, **(params or {})}
        while True:
            page = self.get(where, params, (name,))
            yield from page[name]
            if not page.get("next"):
                return
            params["cursor"] = page["next"]

    def send(self, method: str, where: str, **content: Any) -> "httpx2.Response":
        """The response of a success; a Refusal of everything else."""
        import httpx2  # noqa: PLC0415

        place = f"{method} {self.url}{where}"
        try:
            answer = self._http.request(method, self.url + where, **content)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _unreachable(self.url, place, str(error)) from None
        except httpx2.TransportError as error:
            raise _broken(method, self.url, place, str(error) or type(error).__name__) from None
        if not answer.is_success:
            raise self._refusal(answer, place)
        return answer

    @contextmanager
    def streamed(self, where: str, params: Mapping[str, Any]) -> Iterator["httpx2.Response"]:
        """The response of a success, whose body is read as it comes; a Refusal also where it breaks off."""
        import httpx2  # noqa: PLC0415

        place = f"GET {self.url}{where}"
        try:
            with self._http.stream("GET", self.url + where, params=params) as answer:
                if not answer.is_success:
                    answer.read()
                    raise self._refusal(answer, place)
                yield answer
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _unreachable(self.url, place, str(error)) from None
        except httpx2.TransportError as error:
            raise _broken("GET", self.url, place, str(error) or type(error).__name__) from None

    def _refusal(self, answer: "httpx2.Response", place: str) -> Refusal:
        refusal = _refusal(answer, place)
        if refusal.code == "UNAUTHORIZED" and self._key_file is not None:
            refusal.then = (
                f"The key was read from {self._key_file}. Another server may need another key:"
                "\npass --key or set RANKD_KEY, or name its directory with --data-dir."
            )
        return refusal


def _unreachable(url: str, place: str, why: str) -> Refusal:
    if url.startswith("https:") and "SSL" in why and "CERTIFICATE" not in why:
        plain = url.replace("https:", "http:", 1)
        return Unreachable(f"{url} does not speak TLS", place, why, f"Use http:// : --url {plain}")
    if "CERTIFICATE" in why:
        return Unreachable(f"The certificate of {url} is not trusted", place, why, "Check --url and the certificate.")
    return Unreachable(f"No server answers at {url}", place, why, _start_hint(url))


def _broken(method: str, url: str, place: str, why: str) -> Refusal:
    """The connection was there, an answer in HTTP was not."""
    what = "The connection broke before the answer came"
    if "illegal" in why:
        what = "What answers there does not speak HTTP"
    question = f"Is {url} a rankd? Check --url (or RANKD_URL)."
    writes = method != "GET"
    then = f"Whether it was carried out is not known.\n{question}" if writes else question
    refusal = Unreachable(what, place, why, then)
    refusal.sent = writes
    return refusal


def _document(answer: "httpx2.Response", wanted: type) -> Any:
    """The JSON of an answer, which is of the `wanted` type if a rankd gave it."""
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, wanted):
        raise _foreign(answer, f"{answer.request.method} {answer.request.url}")
    return document


def _refusal(answer: "httpx2.Response", place: str) -> Refusal:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "status" not in problem:
        return _foreign(answer, place)
    return of_problem(problem, answer.status_code, place, answer.headers.get("Retry-After"))


def _foreign(answer: "httpx2.Response", place: str) -> Refusal:
    refusal = Refusal(
        f"The server answered {answer.status_code}, but not as rankd does",
        place,
        f"Content-Type: {answer.headers.get('Content-Type', 'none')}",
        "Is this a rankd? Check --url (or RANKD_URL), and that no proxy stands in the way.",
    )
    refusal.status = answer.status_code
    return refusal
