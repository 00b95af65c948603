"""F3: connections break after a script was sent. F31: replies are dropped, doubled or change places."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import Report
from tests.faults.conftest import ledger_on
from tests.faults.proxy import (
    CUT_AFTER_SEND,
    CUT_BEFORE_SEND,
    CUT_MID_REPLY,
    CUT_MID_REQUEST,
    DOUBLE_REPLY,
    DROP_REPLY,
    SWAP_REPLIES,
    running_proxy,
)
from tests.store_servers import StoreServer
from tests.waiting import until

WORKERS = 8
CUTS = [CUT_AFTER_SEND, CUT_AFTER_SEND, CUT_BEFORE_SEND, CUT_MID_REPLY, CUT_MID_REQUEST]
REPLY_FAULTS = [DROP_REPLY, DOUBLE_REPLY, SWAP_REPLIES]


@pytest.mark.parametrize("with_keys", [True, False], ids=["client-keys", "no-client-keys"])
async def test_a_reply_cut_after_the_send_never_counts_a_submission_twice(
    store: StoreServer, with_keys: bool, tmp_path: Path, report: Report
) -> None:
    # given a service that reaches its store through a proxy
    async with (
        running_proxy(store.socket, CUTS, share=0.3) as proxy,
        ledger_on(tmp_path, proxy.url, with_keys=with_keys) as (_, ledger),
    ):
        # when three in ten of the sent scripts lose their connection
        await ledger.work(WORKERS, 5)  # the store knows the script
        proxy.armed = True
        await asyncio.gather(*(ledger.work(worker, 50) for worker in range(WORKERS)))
        proxy.armed = False

        # then what was answered counts once, and what was not counts at most once
        await ledger.close()
        report(store=store.version(), client_keys=with_keys, cuts=dict(proxy.done), **ledger.figures())
        assert ledger.wrongs == []
        assert proxy.done[CUT_AFTER_SEND] >= 15  # more submissions share a call where the machine is slow


async def test_every_reply_cut_leaves_the_outcome_open_and_a_retry_settles_it(
    store: StoreServer, tmp_path: Path, report: Report
) -> None:
    # given a proxy that cuts every script's reply
    async with (
        running_proxy(store.socket, [CUT_AFTER_SEND], share=1.0) as proxy,
        ledger_on(tmp_path, proxy.url) as (_, ledger),
    ):
        await ledger.work(WORKERS, 5)  # the store knows the script, and runs it each time
        proxy.armed = True

        # when submissions are sent, and the cuts end once all have met some
        load = [asyncio.create_task(ledger.work(worker, 2)) for worker in range(4)]
        await until(lambda: ledger.statuses[503] >= 8, 30, "eight unknown outcomes")
        proxy.armed = False
        await asyncio.gather(*load)

        # then each counts once, although the store ran it many times over
        await ledger.close()
        report(store=store.version(), cuts=dict(proxy.done), **ledger.figures())
        assert ledger.wrongs == []
        assert ledger.figures()["replayed"] >= 1


async def test_a_lost_doubled_or_moved_reply_never_reaches_another_caller(
    store: StoreServer, tmp_path: Path, report: Report
) -> None:
    # given a proxy on the connection that many callers share
    async with (
        running_proxy(store.socket, REPLY_FAULTS, share=0.05) as proxy,
        ledger_on(tmp_path, proxy.url) as (_, ledger),
    ):
        # when single replies vanish, come twice, or change places
        await ledger.work(WORKERS, 5)
        proxy.armed = True
        await asyncio.gather(*(ledger.work(worker, 40) for worker in range(WORKERS)))
        proxy.armed = False

        # then every answer names its own members, and the chains hold
        await ledger.close()
        report(store=store.version(), faults=dict(proxy.done), **ledger.figures())
        assert ledger.wrongs == []
        assert proxy.done[DROP_REPLY] + proxy.done[DOUBLE_REPLY] >= 5


@pytest.mark.parametrize("fault", [CUT_BEFORE_SEND, CUT_MID_REQUEST])
async def test_an_array_of_several_calls_keeps_its_order_when_its_connection_breaks(
    store: StoreServer, fault: str, tmp_path: Path
) -> None:
    # given arrays that take several calls, whose first and last items are of one member
    async with (
        running_proxy(store.socket, [fault], share=0.4) as proxy,
        ledger_on(tmp_path, proxy.url) as (_, ledger),
    ):
        await ledger.work(WORKERS, 5)
        proxy.armed = True
        wrong = []

        # when their connection breaks again and again
        for turn in range(25):
            rows = [{"member": "same", "score": 1}, *({"member": f"u{i}", "score": turn} for i in range(150))]
            rows.append({"member": "same", "score": 2})
            answer = await ledger.client.post("/v1/boards/latest/scores", json=rows)
            if answer.status_code == 200 and answer.json()[-1].get("previous_score") != 1:
                wrong.append((answer.json()[0], answer.json()[-1]))

        # then the items were still applied in their order
        assert proxy.done[fault] >= 5
        assert wrong == []
