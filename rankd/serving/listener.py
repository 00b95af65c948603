"""The listening socket: bound before anything is started, so that a taken port costs nothing."""

import errno
import socket

from rankd.datadir import StartRefused

BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet. Errors: StartRefused."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise StartRefused(f"The host {host} is not known here. Use --host 127.0.0.1 or --host 0.0.0.0.") from None
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise StartRefused(_why_not(error, host, port)) from None
    listener.set_inheritable(False)
    return listener


def listen(listener: socket.socket) -> None:
    """Begin to accept connections. Errors: StartRefused."""
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        host, port = listener.getsockname()[:2]
        raise StartRefused(_why_not(error, host, port)) from None


def address_of(listener: socket.socket) -> str:
    """The URL a person on this machine can open."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use. Stop what listens there, or choose another: --port {port + 1}."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} may not be used by this user. Choose one above 1023: --port 8080."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine. Use --host 127.0.0.1 or --host 0.0.0.0."
    return f"{host}:{port} cannot be listened on: {(error.strerror or str(error)).lower()}."
