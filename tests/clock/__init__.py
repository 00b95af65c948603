"""Clocks that tests move, of stores and of rankd, each process by one of its own.

    with MovedClock() as clock, running_store(kind, clock=clock) as store:
        clock.run_from(boundary_us - 2 * SECOND_US)   # jump to an instant and run on from it
        clock.move(+HOUR_US)                          # jump from wherever it is; -HOUR_US goes back
        clock.stand_at(boundary_us - 1)               # stand still: TIME is exactly this until told otherwise
        clock.run()                                   # run on from there
        clock.now_us()                                # what the store's TIME says, without asking it
        clock.offset_us = 0                           # the machine's clock again (while running)

All instants and steps are whole microseconds, since 1970 in UTC. A new clock shows the machine's time and runs.
A jump holds at once, for the next reading in any process; nothing has to be waited for (but on arm64 Valkey may
take a millisecond). Keys with a TTL die as the moved clock says, in the millisecond after their last; timeouts
and periodic work (a poller's pauses, the store's own cron) go by monotonic time, which no clock here touches. A
store restarted on its directory keeps its clock.

While a clock stands still every call of a script has the same TIME, so arrivals differ only by the board's own
counting (`max(TIME, last + 1)`): right for a model test, wrong for a test of load.

rankd's own clock: `RankdProcess(..., clock=clock)` or `running_rankd(..., clock=clock)`, its workers included;
one clock given to both moves both together. A service inside the test's process always has the machine's clock.

The shim is `shim.c`, compiled on the fly (0.1 s a run) and preloaded. Without a C compiler or Linux, `MovedClock()`
skips the test with its reason, and fails it where CI=true.
"""

from tests.clock.moved import DAY_US, HOUR_US, SECOND_US, MovedClock

__all__ = ["DAY_US", "HOUR_US", "SECOND_US", "MovedClock"]
