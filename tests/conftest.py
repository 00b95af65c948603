"""Fixtures of all tests: real stores (each test starts on an empty one), the app in this process, and the
service as a process. A store kind the machine lacks is skipped here and fails where CI=true.
"""

import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from rankd.app import create_app
from rankd.domain.access import Secrets
from rankd.settings import Settings
from tests.asgi_calls import Calls, lifespan
from tests.clock import MovedClock
from tests.rankd_processes import RankdProcess, running_rankd
from tests.store_servers import STORE_KINDS, StoreServer, binary_of, running_store
from tests.timed_service import NOON, TimedService

Report = Callable[..., None]
ROOT_KEY = "rk_root_" + secrets.token_hex(20)
IN_CI = os.environ.get("CI", "").lower() == "true"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes tens of seconds; left out with -m 'not slow'")
    config.addinivalue_line("markers", "alone: looks at how long things take, so that nothing may run beside it")
    config.addinivalue_line("markers", "fault: breaks something on purpose; left out with -m 'not fault'")


def require_store(kind: str) -> None:
    """Skips a test whose store is not installed; in CI its absence is a failure."""
    if binary_of(kind) is not None:
        return
    reason = f"no {kind} server on this machine"
    if IN_CI:
        pytest.fail(reason + ", and CI=true", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session", params=STORE_KINDS)
def store_kind(request: pytest.FixtureRequest) -> str:
    require_store(request.param)
    return str(request.param)


@pytest.fixture(scope="session")
def store_of_session(store_kind: str) -> Iterator[StoreServer]:
    with running_store(store_kind) as server:
        yield server


@pytest.fixture
def store(store_of_session: StoreServer) -> StoreServer:
    """An empty store, of each kind in turn."""
    store_of_session.fresh()
    return store_of_session


def app_on(store_url: str, data_dir: Path) -> Any:
    """The service's app on a store, with the tests' root key. Nothing in it runs beside requests."""
    settings = Settings(data_dir=data_dir, redis_url=store_url, root_key=ROOT_KEY, close_periods=False)
    return create_app(settings, Secrets(root_key=ROOT_KEY, pepper=b"p" * 32), store_url)


@pytest.fixture
async def app(store: StoreServer, tmp_path: Path) -> AsyncIterator[Any]:
    """The app in this process, inside its lifespan, on each kind of store."""
    app = app_on(store.url, tmp_path)
    async with lifespan(app):
        yield app


@pytest.fixture
def call(app: Any) -> Calls:
    """Requests with the root key, as bytes, to the app in this process."""
    return Calls(app, ROOT_KEY)


@pytest.fixture
async def other(store: StoreServer, tmp_path: Path) -> AsyncIterator[Calls]:
    """Another process of the same service, as far as the store can tell."""
    app = app_on(store.url, tmp_path)
    async with lifespan(app):
        yield Calls(app, ROOT_KEY)


@pytest.fixture
async def client(app: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client with the root key on the app in this process."""
    transport = httpx2.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {ROOT_KEY}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def timed_store(store_kind: str) -> Iterator[tuple[StoreServer, MovedClock]]:
    """A store, of each kind in turn, and its clock."""
    with MovedClock() as clock, running_store(store_kind, clock=clock) as server:
        yield server, clock


@pytest.fixture
async def timed(
    timed_store: tuple[StoreServer, MovedClock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TimedService]:
    """The app in this process on an empty store, at noon of a Saturday until the test puts the clocks elsewhere."""
    server, clock = timed_store
    server.fresh()
    async with contextlib.AsyncExitStack() as running:

        async def new_app() -> Calls:
            app = app_on(server.url, tmp_path)
            await running.enter_async_context(lifespan(app))
            return Calls(app, ROOT_KEY)

        timed = TimedService(server, clock, new_app)
        monkeypatch.setattr("rankd.store.clock.time", timed)
        timed.at(NOON)
        running.push_async_callback(timed.close)
        yield timed


@pytest.fixture(scope="module")
def shared_rankd(store_of_session: StoreServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RankdProcess]:
    """One service process for the tests of a module, each of which empties its store."""
    with running_rankd(tmp_path_factory.mktemp("data"), store_of_session.url) as process:
        yield process


@pytest.fixture
def report(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Report:
    """Prints one JSON line with a test's figures, whatever pytest captures."""

    def line(**figures: Any) -> None:
        with capsys.disabled():
            print("\n" + json.dumps({"test": request.node.name, **figures}), flush=True)

    return line
