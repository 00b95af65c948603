"""`rankd serve`: from settings to an answering service and back to nothing, in one function.

Owns the order of things: directory and secrets, port, store, service; then the same backwards. What serves is
`serving`; what is served is the application's factory.
"""

import asyncio
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType

import structlog
import uvloop

from rankd.datadir import DataDir, StartRefused
from rankd.embedded import EmbeddedServer
from rankd.errors import RankdError, StoreAway, StoreUnfit
from rankd.serving.listener import address_of, bind, listen
from rankd.serving.service import AfterReady, Announce, Service, complain, say
from rankd.serving.single import STOP_SIGNALS
from rankd.serving.workers import Blueprint
from rankd.settings import Settings
from rankd.store.server import place_of, read_facts, replicas_demand, unfit
from rankd.telemetry import configure_logs

log = structlog.get_logger()

WAIT_FOR_STORE_S = 10.0


class _Stopped(BaseException):
    """A stop signal came while rankd was still starting."""


def run(
    settings: Settings,
    announce: Announce = say,
    *,
    factory: str = "rankd.app:create_app",
    after_ready: AfterReady | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status. Must be called in the main thread.

    `announce` gets the lines for the terminal. `after_ready` runs once, with the URL, when all answers.
    """
    configure_logs()
    _allow_many_connections()
    try:
        with _stop_while_starting(), ExitStack() as stack:
            status = _serve(settings, announce, factory, after_ready, stack)
    except (StartRefused, RankdError) as error:
        complain(str(error))
        return 1
    except _Stopped:
        log.info("stopped", reason="a signal came while starting")
        return 0
    log.info("stopped", exit_status=status)
    return status


def _serve(
    settings: Settings, announce: Announce, factory: str, after_ready: AfterReady | None, stack: ExitStack
) -> int:
    directory = DataDir(settings.data_dir)
    secrets = directory.open_secrets(settings.root_key, settings.pepper)
    listener = stack.enter_context(bind(settings.host, settings.port))
    embedded = None
    if settings.redis_url:
        redis_url = _own_store(settings, settings.redis_url)
    else:
        embedded = _embedded_store(settings, directory, stack)
        redis_url = embedded.url
    announce(f"root key: {'as given' if settings.root_key else directory.root_key_file}")
    listen(listener)
    blueprint = Blueprint(settings, secrets, redis_url, factory)
    service = Service(blueprint, address_of(listener), announce, after_ready, embedded)
    serving = service.alone(listener) if settings.workers == 1 else service.with_workers(listener)
    stack.callback(service.ended)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return 0 if runner.run(serving) else 1


def _allow_many_connections() -> None:
    """Raise the soft limit of open files, often 1,024, as far as this user may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS refuses what its kernel cannot give
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _embedded_store(settings: Settings, directory: DataDir, stack: ExitStack) -> EmbeddedServer:
    """The running embedded server, stopped when the stack unwinds. Errors: StartRefused, StoreUnfit."""
    if settings.durability == "replicated" or settings.min_replicas_ack:
        raise StartRefused(
            f"The embedded server has no replicas, and {replicas_demand(settings.replicas_to_wait_for)}."
            " Name a server that has them: RANKD_REDIS_URL, or use --durability strict alone."
        )
    directory.prepare()
    stack.enter_context(directory.lock())
    embedded = EmbeddedServer(directory, settings.durability)
    stack.callback(embedded.stop)
    _demand_fitness(settings, embedded.start())
    embedded.supervise()
    return embedded


def _own_store(settings: Settings, url: str) -> str:
    """Wait a little for the named server, then hold it to its demands. Errors: StoreAway, StoreUnfit."""
    deadline = time.monotonic() + WAIT_FOR_STORE_S
    said = ""
    while True:
        try:
            if not read_facts(url, even_loading=True).loading:
                break
            waits_for = f"The server at {place_of(url)} is loading its data."
        except StoreUnfit:
            raise
        except StoreAway as error:
            if time.monotonic() > deadline:
                raise
            waits_for = error.detail
        if waits_for != said:
            complain(f"waiting for the store. {waits_for}")
            said = waits_for
        time.sleep(0.2)
    _demand_fitness(settings, url)
    return url


def _demand_fitness(settings: Settings, url: str) -> None:
    flaws = unfit(read_facts(url), settings.durability, settings.min_replicas_ack)
    refused = [str(flaw) for flaw in flaws if flaw.refused]
    if refused:
        raise StoreUnfit(f"The server at {place_of(url)} is not fit. " + " ".join(refused))
    for flaw in flaws:
        complain(f"warning: {flaw}")


@contextmanager
def _stop_while_starting() -> Iterator[None]:
    """Until the service takes the signals over, either of them ends the start in an orderly way."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for sign in STOP_SIGNALS:
            signal.signal(sign, signal.SIG_IGN)
        raise _Stopped

    before = {sign: signal.signal(sign, stop) for sign in STOP_SIGNALS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
