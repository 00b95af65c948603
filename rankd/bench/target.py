"""Where requests go, and the bytes of a request."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from rankd.bench.figures import BenchFailed


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, and the head fields they all carry."""

    host: str
    port: int
    tls: bool = False
    prefix: str = ""
    key: str = ""

    @classmethod
    def at(cls, url: str, key: str = "") -> "Target":
        """Of a URL as the user gives it, path prefix included."""
        try:
            parts = urlsplit(url if "//" in url else f"http://{url}")
            port = parts.port
        except ValueError as error:
            raise BenchFailed(f"{url!r} is not a URL ({error}); one looks like http://127.0.0.1:8080") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BenchFailed(f"{url!r} is not an http URL; one looks like http://127.0.0.1:8080")
        tls = parts.scheme == "https"
        return cls(parts.hostname, port or (443 if tls else 80), tls, parts.path.rstrip("/"), key)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{self.prefix}"

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The bytes of one request; `path` is percent-encoded already."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        head = [f"{method} {self.prefix}{path} HTTP/1.1", f"Host: {host}:{self.port}"]
        if self.key:
            head.append(f"Authorization: Bearer {self.key}")
        if body:
            head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*head, "", ""]).encode() + body
