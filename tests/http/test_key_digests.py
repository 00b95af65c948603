"""API keys that move by their digests."""

import json
from pathlib import Path
from typing import Any

import pytest

from rankd.app import create_app
from rankd.domain.access import Secrets
from rankd.settings import Settings
from tests.asgi_calls import Calls, lifespan
from tests.conftest import ROOT_KEY
from tests.store_servers import StoreServer

KEYS, DIGESTS = "/v1/projects/default/keys", "/v1/projects/default/key-digests"


async def moved(call: Calls) -> dict[str, Any]:
    """Two keys, and what lists them for a move."""
    for name, more in (
        ("a", {}),
        ("b", {"value": "my-own-secret-of-old-times-17", "expires_at": "2040-01-01T00:00:00Z"}),
    ):
        made = await call("POST", KEYS, {"name": name, "scopes": ["read"], **more})
        assert made.status == 201
        VALUES[name] = made.json["key"]
    listed = (await call("GET", DIGESTS)).json
    return {"pepper_mark": listed["pepper_mark"], "keys": listed["keys"]}


VALUES: dict[str, str] = {}


async def test_keys_open_the_other_store_by_their_digests_and_no_secret_travels(
    app: Any, call: Calls, store: StoreServer
) -> None:
    # given the digests of two keys, and a store that has neither
    body = await moved(call)
    assert not any(value.encode() in json.dumps(body).encode() for value in VALUES.values())
    records = (await call("GET", KEYS)).json["keys"]
    store.fresh()

    # when they are restored, twice
    outcomes = [(await call("POST", DIGESTS, body)).json["keys"] for _ in range(2)]

    # then the values open it, and the records are as they were
    assert [[one["outcome"] for one in each] for each in outcomes] == [["restored"] * 2, ["unchanged"] * 2]
    assert (await call("GET", KEYS)).json["keys"] == records
    for value in VALUES.values():
        assert (await Calls(app, value)("GET", "/v1/boards")).status == 200


async def test_digests_of_another_pepper_are_refused_and_change_nothing(
    call: Calls, store: StoreServer, tmp_path: Path
) -> None:
    body = await moved(call)
    store.fresh()
    settings = Settings(data_dir=tmp_path, redis_url=store.url, root_key=ROOT_KEY, close_periods=False)
    other = create_app(settings, Secrets(root_key=ROOT_KEY, pepper=b"q" * 32), store.url)
    async with lifespan(other):
        refused = await Calls(other, ROOT_KEY)("POST", DIGESTS, body)
    assert (refused.status, refused.code) == (409, "PEPPER_DIFFERS")
    assert (await call("GET", KEYS)).json["keys"] == []


async def test_a_key_that_stands_for_another_is_not_replaced(call: Calls) -> None:
    body = await moved(call)
    first, second = body["keys"]
    crossed = {**body, "keys": [{**first, "digest": second["digest"]}, {**second, "id": "new"}]}
    assert [one["outcome"] for one in (await call("POST", DIGESTS, crossed)).json["keys"]] == ["in_use"] * 2


async def test_only_the_root_key_may(app: Any, call: Calls) -> None:
    made = await call("POST", KEYS, {"name": "k", "scopes": ["read", "write", "admin"]})
    own = Calls(app, made.json["key"])
    assert [(await own(method, DIGESTS, {})).code for method in ("GET", "POST")] == ["ROOT_ONLY"] * 2


@pytest.mark.parametrize("fault", [{"digest": "x"}, {"id": "a:b"}, {"scopes": ["root"]}])
async def test_malformed_digests_are_refused(call: Calls, fault: dict[str, Any]) -> None:
    body = await moved(call)
    answer = await call("POST", DIGESTS, {**body, "keys": [{**body["keys"][0], **fault}]})
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
