"""F28: clients hang up while their request is under way; nobody else gets their answer."""

import asyncio
import contextlib
import json
import random
from pathlib import Path
from urllib.parse import urlsplit

from tests.conftest import Report
from tests.faults.conftest import ledger_on
from tests.rankd_processes import RankdProcess
from tests.store_servers import StoreServer

HANG_UPS = 400


async def submit_and_hang_up(process: RankdProcess, member: str, after_s: float) -> None:
    """Sends one submission on a connection of its own and drops the connection soon after."""
    address = urlsplit(process.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    body = json.dumps({"member": member, "score": 1}).encode()
    head = (
        "POST /v1/boards/points/scores HTTP/1.1\r\nHost: test\r\n"
        f"Authorization: Bearer {process.root_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    with contextlib.suppress(TimeoutError, ConnectionError):
        await asyncio.wait_for(reader.read(1), after_s)
    writer.transport.abort()


async def test_a_client_that_hangs_up_crosses_no_answers(store: StoreServer, tmp_path: Path, report: Report) -> None:
    async with ledger_on(tmp_path, store.url) as (process, ledger):
        # given clients that hang up within 5 ms, among clients that stay
        chance = random.Random(28)

        async def quitters(number: int) -> None:
            for _ in range(HANG_UPS // 4):
                await submit_and_hang_up(process, f"quitter{number}", chance.uniform(0, 0.005))

        # when both work at once
        quitting = [quitters(number) for number in range(4)]
        await asyncio.gather(*quitting, *(ledger.work(worker, 150) for worker in range(6)))

        # then those who stayed have their own answers, and a hung-up submission counts at most once
        for number in range(4):
            final = await ledger.client.get(f"/v1/boards/points/entries/quitter{number}")
            count = final.json()["score"] if final.status_code == 200 else 0
            assert 0 <= count <= HANG_UPS // 4
            ledger.possible["points", f"quitter{number}"] = {count or None}
        await ledger.close()
        report(store=store.version(), hang_ups=HANG_UPS, **ledger.figures())
        assert ledger.wrongs == []
