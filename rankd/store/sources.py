"""Which boards an event may feed: an index beside the boards, which has more in it rather than less.

A board is in it before its definition says so and after it has ceased to; whoever reads it looks at the board.
"""

from rankd.store import keys
from rankd.store.boards import read_ids
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import load

_ENLIST = load("enlist")
_PAGE = 50
_BEHIND = "\0"


class SourceStore:
    """Boards by the events that may feed them."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def add(self, project: str, event: str, board_id: str) -> None:
        await self._list(project, event + _BEHIND + board_id, stays=1)

    async def remove(self, project: str, event: str, board_id: str) -> None:
        await self._list(project, event + _BEHIND + board_id, stays=0)

    async def drop_all(self, project: str) -> None:
        """Forgets what is left of a project's boards, which are all deleted."""
        while left := (await read_ids(self._client, keys.sources(project), _PAGE, "after", "")).ids:
            for one in left:
                await self._list(project, one, stays=0)

    async def boards_of(self, project: str, event: str) -> list[str]:
        """The ids of boards that an event may feed, in order."""
        opening, found = event + _BEHIND, []
        place = opening
        while True:
            page = (await read_ids(self._client, keys.sources(project), _PAGE, "after", place)).ids
            of_event = [one for one in page if one.startswith(opening)]
            found += [one.removeprefix(opening) for one in of_event]
            if len(of_event) < _PAGE:
                return found
            place = of_event[-1]

    async def _list(self, project: str, entry: str, stays: int) -> None:
        call = new_call()
        names = [keys.sources(project), keys.project_call(project, call)]
        checked(await self._client.call(_ENLIST, call, names, [entry, stays]))
