"""Looks about once a second for periods that are over.

Every serving process may run this loop: a board that is due is given to one of them, and a window is closed
once whoever is given it.
"""

import asyncio
import random

import structlog

from rankd.errors import RankdError
from rankd.service.rollovers import BATCH, Rollovers

log = structlog.get_logger()

POLL_S = 1.0
AFTER_FAILURE_S = 3.0


async def close_periods(rollovers: Rollovers) -> None:
    """Runs until it is cancelled."""
    while True:
        try:
            due = await rollovers.tick()
            pause_s = 0.0 if due == BATCH else POLL_S
        except RankdError:
            pause_s = AFTER_FAILURE_S  # the store's absence is said by its client
        except Exception:
            log.exception("rollovers_failed")
            pause_s = AFTER_FAILURE_S
        await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 so that processes take turns
