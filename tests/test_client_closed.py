"""A client of the store that was closed."""

import pytest

from rankd.errors import StoreAway
from rankd.store.client import StoreClient
from tests.store_servers import StoreServer
from tests.waiting import until


async def test_a_closed_client_opens_no_connection_again(store: StoreServer) -> None:
    # given a client that was used, and closed
    client = StoreClient(store.url)
    await client.command("PING")
    await client.close()
    # when something is still asked for
    with pytest.raises(StoreAway):
        await client.command("PING")
    # then the store has no connection of the client's
    await until(lambda: not any(one["name"] == "rankd" for one in store.control.client_list()), 5, "no connection")
