"""Where one member stands on all boards of its project.

The list of a project's boards is the index. Each board is asked; those of a step at once over the one connection, so
that a step costs one trip, and two where boards are not known here yet. Steps are small, so that neither the store
nor the other requests of this process are held up.
"""

import asyncio
from dataclasses import dataclass

from rankd.domain.queries import EntryQuery, MemberEntriesQuery
from rankd.errors import BoardNotFound, EntryNotFound, PeriodNotFound
from rankd.service.boards import Boards
from rankd.service.members import Members
from rankd.service.pages import FoundEntry
from rankd.service.ranks import Ranks

MAX_BOARDS = 1000
_STEP = 50

# A board's id, and the member's entry there.
Row = tuple[str, FoundEntry]


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A member's entries by the ids of their boards, its profile (JSON text, or empty), and the cursors to both
    sides."""

    rows: list[Row]
    profile: bytes
    next: str | None
    prev: str | None


@dataclass(slots=True)
class _Walk:
    """What was found from a place on, in walking order, and where the walk goes on to either side, if it does."""

    rows: list[Row]
    behind: str | None
    ahead: str | None = None


class MemberEntries:
    """Reads across boards."""

    def __init__(self, boards: Boards, ranks: Ranks, members: Members) -> None:
        self._boards = boards
        self._ranks = ranks
        self._members = members

    async def page(self, project: str, member: str, query: MemberEntriesQuery) -> MemberPage:
        """Up to `limit` entries of a member, in the order of their boards' ids; boards without one are left out.

        Looks at 1,000 boards at most, and says by its cursors where more are. Raises StaleCursor.
        """
        binding = f"members {project} {member}"
        query, cursor = query.resumed()
        if cursor:
            cursor.check(binding)
        direction, place = (cursor.direction, cursor.place) if cursor else ("after", "")
        profile, walk = await asyncio.gather(
            self._members.profile_of(project, member), self._walk(project, member, query, direction, place)
        )
        if direction == "after":
            rows, previous, following = walk.rows, walk.behind, walk.ahead
        else:
            rows, previous, following = walk.rows[::-1], walk.ahead, walk.behind
        return MemberPage(
            rows,
            profile,
            query.cursor_to(binding, "after", following) if following else None,
            query.cursor_to(binding, "before", previous) if previous else None,
        )

    async def _walk(self, project: str, member: str, query: MemberEntriesQuery, direction: str, place: str) -> _Walk:
        listed = await self._boards.list_ids(project, MAX_BOARDS, direction, place)
        ids, earlier, later = listed.ids, listed.first > 0, listed.first + len(listed.ids) < listed.total
        if direction == "before":
            ids, earlier, later = ids[::-1], later, earlier
        if not ids:
            return _Walk([], None)
        walk, asked = _Walk([], ids[0] if earlier else None), _asked(query)
        for start in range(0, len(ids), _STEP):
            step = ids[start : start + _STEP]
            found = await asyncio.gather(*[self._entry(project, board_id, member, asked) for board_id in step])
            for board_id, entry in zip(step, found, strict=True):
                if entry is None:
                    continue
                if len(walk.rows) == query.limit:
                    walk.ahead = walk.rows[-1][0]
                    return walk
                walk.rows.append((board_id, entry))
        walk.ahead = ids[-1] if later else None
        return walk

    async def _entry(self, project: str, board_id: str, member: str, asked: EntryQuery) -> FoundEntry | None:
        """The member's entry on one board, or None where it has none, or the board no such period."""
        try:
            return await self._ranks.bare_entry(project, board_id, member, asked)
        except (BoardNotFound, EntryNotFound, PeriodNotFound):
            return None


def _asked(query: MemberEntriesQuery) -> EntryQuery:
    return EntryQuery.model_validate({"period": query.period, "viewer": query.viewer})
