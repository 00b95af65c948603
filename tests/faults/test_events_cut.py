"""F3, of events: connections break after a script was sent, and clients repeat what was not answered."""

import asyncio
from pathlib import Path
from typing import Any

from tests.faults.conftest import ledger_on
from tests.faults.proxy import CUT_AFTER_SEND, CUT_BEFORE_SEND, CUT_MID_REPLY, running_proxy
from tests.store_servers import StoreServer

CUTS = [CUT_AFTER_SEND, CUT_AFTER_SEND, CUT_BEFORE_SEND, CUT_MID_REPLY]
WORKERS = 6
AMOUNTS = [3, 10, 10, 7, 60]


async def test_what_sessions_tell_counts_once_however_often_it_is_repeated(store: StoreServer, tmp_path: Path) -> None:
    # given a board with teams that an event feeds, whose scripts lose three connections in ten
    async with (
        running_proxy(store.socket, CUTS, share=0.3) as proxy,
        ledger_on(tmp_path, proxy.url) as (_, ledger),
    ):
        source = {"event": "kill", "score": "amount"}
        board = {"update": "best", "member_types": ["user", "team"], "source": source}
        assert (await ledger.client.put("/v1/boards/fed", json=board)).status_code == 201

        async def tell(worker: int, amount: int) -> Any:
            """Sends one event until it is answered; the board's own problems count as no answer."""
            body = {"event": "kill", "member": f"m{worker % 3}", "team": "red", "type": "group",
                    "session": f"s{worker}", "values": {"amount": amount}}  # fmt: skip
            for _ in range(60):
                answer = await ledger.client.post("/v1/events", json=body)
                if answer.status_code == 200 and all("code" not in one for one in answer.json()):
                    return answer.json()
            raise AssertionError(answer.text)

        async def play(worker: int) -> None:
            for amount in AMOUNTS:
                await tell(worker, amount)

        # when sessions tell their running values, two of them of each member
        proxy.armed = True
        await asyncio.gather(*map(play, range(WORKERS)))
        proxy.armed = False

        # then every session counts with what it told last
        for member_type, expected in (("user", {f"m{n}": 120 for n in range(3)}), ("team", {"red": 360})):
            page = (await ledger.client.get(f"/v1/boards/fed/entries?member_type={member_type}")).json()
            assert {entry["member"]: entry["score"] for entry in page["entries"]} == expected
        assert proxy.done[CUT_AFTER_SEND] >= 3
