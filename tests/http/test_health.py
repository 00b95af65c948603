"""What operators are told of the store, by the facts of the moment, and the pages of problem codes."""

from collections.abc import Iterator

import pytest
import redis

from tests.asgi_calls import Calls
from tests.store_servers import StoreServer

CHANGED = ("appendonly", "maxmemory-policy")


@pytest.fixture
def control(store: StoreServer) -> Iterator[redis.Redis]:
    """The store's own client; what a test set there is put back."""
    before = store.control.config_get(*CHANGED)
    yield store.control
    for name in CHANGED:
        store.control.config_set(name, before[name])


async def test_a_store_without_a_file_promises_no_more_than_it_keeps(call: Calls, control: redis.Redis) -> None:
    kept = (await call("GET", "/readyz")).json
    assert "survives a crash of rankd and of the store" in kept["promise"]
    control.config_set("appendonly", "no")
    lost = await call("GET", "/readyz")
    assert lost.status == 200
    assert "loses everything since its last snapshot" in lost.json["promise"]
    assert "The append-only file is off" in lost.json["warnings"][0]


async def test_a_store_that_turns_unfit_is_told_with_what_it_means(call: Calls, control: redis.Redis) -> None:
    control.config_set("maxmemory-policy", "allkeys-lru")
    answer = await call("GET", "/readyz")
    assert (answer.status, answer.code) == (503, "STORE_UNFIT")
    assert answer.json["title"] == "The store is not fit for rankd"
    assert "maxmemory-policy is allkeys-lru" in answer.json["detail"]
    assert "writes are still taken" in answer.json["detail"]
    assert (await call("PUT", "/v1/boards/b", {})).status == 201


async def test_the_page_of_a_code_shows_code_as_code(call: Calls) -> None:
    page = (await call("GET", "/problems/INTERNAL_ERROR")).body.decode()
    assert "HTTP status 500" in page
    assert "<code>request_id</code>" in page
    assert "`" not in page
