"""How many entries stand above one, which its percentile is made of."""

from dataclasses import replace

from rankd.domain.entries import Entry
from rankd.service.own_entries import Among
from rankd.store.ranks import RankStore
from rankd.store.standing import StandingBoard
from rankd.store.values import ValueStore


class Percentiles:
    """Counts of better entries."""

    def __init__(self, store: RankStore, values: ValueStore) -> None:
        self._store = store
        self._values = values

    async def above(self, standing: StandingBoard, among: Among, entry: Entry) -> int | None:
        """How many entries have a better rank; None of one without a rank.

        A dense rank counts values, not entries: there it is asked for what the rank would be in competition style.
        """
        if not entry.rank or standing.board.rank_style != "dense":
            return entry.rank - 1 if entry.rank else None
        counted = replace(standing, board=standing.board.model_copy(update={"rank_style": "competition"}))
        value = counted.layout.pack_value(entry.score, counted.layout.ordered(entry.subscores))
        if among.opening:
            *_, rank = await self._values.around(counted, among.period, among.opening, 1, value)
            return rank - 1
        score, subscores = counted.layout.unpack_value(value)
        rows = await self._store.around_value(counted, among.period, score, subscores, 1)
        return (rows.value_rank or 1) - 1
