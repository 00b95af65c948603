"""Repeating a request that is safe to repeat, until it succeeds or patience ends."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from rankd.cli.failures import Refusal

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0

Answer = TypeVar("Answer")


def _may_pass(refusal: Refusal) -> bool:
    return refusal.may_pass


def patiently(
    send: Callable[[], Answer],
    within_s: float,
    waiting: Callable[[Refusal, float], None],
    passes: Callable[[Refusal], bool] = _may_pass,
) -> Answer:
    """`send()`, again after a growing, jittered pause while its refusals may pass, for at most `within_s`.

    A Retry-After of the server is kept. `waiting` hears of every pause. Raises the last Refusal.
    """
    deadline_s = time.monotonic() + within_s
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return send()
        except Refusal as refusal:
            wait_s = max(pause_s, refusal.retry_after_s or 0.0) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
            if not passes(refusal) or time.monotonic() + wait_s > deadline_s:
                raise
            waiting(refusal, wait_s)
            time.sleep(wait_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
