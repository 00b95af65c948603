"""Fixtures of the fault tests: stores of their own to be killed, and a ledger on a running service."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.faults.ledger import Ledger
from tests.rankd_processes import RankdProcess
from tests.store_servers import StoreServer, running_store


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.fault)


@pytest.fixture
def own_store(store_kind: str) -> Iterator[StoreServer]:
    """A store that the test may kill."""
    with running_store(store_kind) as server:
        yield server


@contextlib.asynccontextmanager
async def client_of(process: RankdProcess, connections: int = 64) -> AsyncIterator[httpx2.AsyncClient]:
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx2.AsyncClient(
        base_url=process.url, headers=process.headers, limits=limits, timeout=10, trust_env=False
    ) as client:
        yield client


async def use_project_key(client: httpx2.AsyncClient) -> None:
    """Goes on with a key of the default project, which the service looks up in the store."""
    wanted = {"name": "load", "scopes": ["read", "write", "admin"]}
    made = await client.post("/v1/projects/default/keys", json=wanted)
    assert made.status_code == 201, made.text
    client.headers["Authorization"] = f"Bearer {made.json()['key']}"


@contextlib.asynccontextmanager
async def ledger_on(
    data_dir: Path, redis_url: str, *, with_keys: bool = True
) -> AsyncIterator[tuple[RankdProcess, Ledger]]:
    """A service process on a store, its boards defined, and a ledger ready to drive it."""
    process = RankdProcess(data_dir, redis_url)
    try:
        await asyncio.to_thread(process.wait_ready)  # a proxy of this loop has to serve it meanwhile
        async with client_of(process) as client:
            await use_project_key(client)
            ledger = Ledger(client, with_keys=with_keys)
            await ledger.define_boards()
            yield process, ledger
    finally:
        await asyncio.to_thread(process.stop)
