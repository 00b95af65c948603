"""F1: the store is killed under load and started again on its directory."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.conftest import Report, require_store
from tests.faults.conftest import ledger_on
from tests.faults.ledger import Ledger
from tests.store_servers import StoreServer, running_store
from tests.waiting import until

WORKERS = 8
REQUESTS = 150
KILLS = 3
BACK_WITHIN_S = 5.0


async def kill_and_restart(store: StoreServer, ledger: Ledger) -> float:
    """Kills the store, starts it again, and gives the seconds from its return to the next ok."""
    await asyncio.to_thread(store.kill)
    await asyncio.to_thread(store.start)
    back_at_s, before = time.monotonic(), ledger.answered
    await until(lambda: ledger.answered > before, 20, "an answer after the restart")
    return time.monotonic() - back_at_s


@pytest.mark.parametrize("fsync", ["everysec", "always"])
async def test_a_killed_store_loses_nothing_acknowledged_and_counts_nothing_twice(
    store_kind: str, fsync: str, tmp_path: Path, report: Report
) -> None:
    # given a service under load on a store with an append-only file
    require_store(store_kind)
    with running_store(store_kind, "--appendfsync", fsync) as store:
        async with ledger_on(tmp_path, store.url) as (_, ledger):
            load = [asyncio.create_task(ledger.work(worker, REQUESTS)) for worker in range(WORKERS)]

            # when the store is killed again and again
            recoveries_s = []
            for kill in range(1, KILLS + 1):
                due = kill * WORKERS * REQUESTS // (KILLS + 2)
                await until(lambda due=due: ledger.answered >= due, 30, "load")
                recoveries_s.append(await kill_and_restart(store, ledger))
            await asyncio.gather(*load)

            # then the boards hold exactly what was acknowledged
            await ledger.close()
            report(
                store=store.version(),
                fsync=fsync,
                kills=KILLS,
                to_first_ok_s=recoveries_s,
                **ledger.figures(),
            )
            assert ledger.wrongs == []
            assert max(recoveries_s) <= BACK_WITHIN_S
