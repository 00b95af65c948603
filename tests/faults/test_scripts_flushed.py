"""F8: the store forgets its scripts, again and again, under load."""

import asyncio
from pathlib import Path

from tests.conftest import Report
from tests.faults.conftest import ledger_on
from tests.store_servers import StoreServer

WORKERS = 8
REQUESTS = 150


async def flush_until(store: StoreServer, ended: asyncio.Event) -> int:
    flushes = 0
    while not ended.is_set():
        await asyncio.to_thread(store.control.script_flush)
        flushes += 1
        await asyncio.sleep(0.01)
    return flushes


async def test_no_request_fails_while_scripts_are_flushed(store: StoreServer, tmp_path: Path, report: Report) -> None:
    # given a service under load
    async with ledger_on(tmp_path, store.url, with_keys=False) as (_, ledger):
        ended = asyncio.Event()
        flushing = asyncio.create_task(flush_until(store, ended))

        # when its scripts vanish a hundred times a second
        await asyncio.gather(*(ledger.work(worker, REQUESTS) for worker in range(WORKERS)))
        ended.set()
        flushes = await flushing

        # then every single request was answered at the first attempt
        await ledger.close()
        report(store=store.version(), flushes=flushes, **ledger.figures())
        assert ledger.wrongs == []
        assert dict(ledger.statuses) == {200: WORKERS * REQUESTS}
        assert flushes >= 20


async def test_an_array_of_several_calls_keeps_its_order_while_scripts_are_flushed(
    store: StoreServer, tmp_path: Path
) -> None:
    # given arrays that take several calls, whose first and last items are of one member
    async with ledger_on(tmp_path, store.url) as (_, ledger):
        ended = asyncio.Event()
        flushing = asyncio.create_task(flush_until(store, ended))
        wrong = []

        # when they are sent while scripts vanish
        for _ in range(40):
            rows = [{"member": "same", "score": 1}, *({"member": f"u{i}", "score": i} for i in range(150))]
            rows.append({"member": "same", "score": 2})
            placings = (await ledger.client.post("/v1/boards/latest/scores", json=rows)).json()
            final = (await ledger.client.get("/v1/boards/latest/entries/same")).json()["score"]
            if (placings[-1].get("previous_score"), final) != (1, 2):
                wrong.append((placings[0], placings[-1], final))
        ended.set()
        await flushing

        # then the last item of each is what stands
        assert wrong == []
