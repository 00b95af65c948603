"""The store's clock, as far as this process knows it: its own, put right by what the store says.

Scripts decide by the store's clock. Where this process named a period that is not now's they answer with
the store's time, and from then on the difference is known here.
"""

import time

from rankd import telemetry


class StoreClock:
    """Microseconds since 1970 by the store's clock."""

    def __init__(self) -> None:
        self._ahead_us = 0

    def now_us(self) -> int:
        return time.time_ns() // 1000 + self._ahead_us

    def now_ms(self) -> int:
        return self.now_us() // 1000

    def learn(self, store_us: int, leeway_us: int = 0) -> None:
        """Takes over what the store has just said, where it differs by more than an answer may take."""
        ahead_us = store_us - time.time_ns() // 1000
        if abs(ahead_us - self._ahead_us) > leeway_us:
            self._ahead_us = ahead_us
        telemetry.STORE_CLOCK_OFFSET_SECONDS.set(self._ahead_us / 1e6)
