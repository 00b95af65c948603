"""Members: their profiles, where these are shown, and who is registered.

Most projects have no profiles, and reads must not pay for them. Whether a project has any is known for a second in
each process, and asked beside the read that wants to know. So the first profile of a project may be missing from
what another process answers, for a second after it was put; nothing else can be.
"""

import asyncio
import time
from collections.abc import Sequence

from rankd.domain.entries import Entry
from rankd.domain.profiles import Profile, ProfileChanges
from rankd.domain.queries import CursorQuery
from rankd.errors import ProfileChanging, ProfileNotFound
from rankd.store.members import MemberStore, ProfileChanged

_KNOWN_FOR_S = 1.0
_MAX_KNOWN = 10_000
_MAX_TRIES = 4


class Members:
    """The members of all projects."""

    def __init__(self, store: MemberStore) -> None:
        self._store = store
        self._known: dict[str, tuple[float, bool]] = {}
        self._asking: dict[str, asyncio.Task[bool]] = {}
        self._puts = 0

    async def put(self, project: str, member: str, profile: Profile) -> bool:
        """Writes a member's profile. Returns whether it is the first."""
        return await self._put(project, member, profile.text)

    async def patch(self, project: str, member: str, changes: ProfileChanges) -> bytes:
        """Changes a profile; its text. Raises ProfileNotFound."""
        for _ in range(_MAX_TRIES):
            standing = await self.get(project, member)
            text = changes.over(Profile.from_text(standing)).text
            try:
                await self._put(project, member, text, standing)
            except ProfileChanged:
                continue
            return text
        raise ProfileChanging(f"the profile of member {member!r} kept changing; try again")

    async def get(self, project: str, member: str) -> bytes:
        """A member's profile as JSON text. Raises ProfileNotFound."""
        text = await self.profile_of(project, member)
        if not text:
            raise ProfileNotFound(f"member {member!r} has no profile; PUT it here to register the member")
        return text

    async def listed(self, project: str, query: CursorQuery) -> tuple[list[tuple[str, bytes]], str | None]:
        """About `limit` members with their profiles, in no order, and the cursor to the others. Raises StaleCursor."""
        binding = f"profiles {project}"
        query, place = query.scanned(binding)
        found, behind = await self._store.listed(project, place, query.limit)
        return found, query.cursor_behind(binding, behind)

    async def profile_of(self, project: str, member: str) -> bytes:
        """A member's profile as JSON text, empty where it has none."""
        (text,) = await self._store.read(project, [member])
        return text

    async def drop_all(self, project: str) -> None:
        """Drops all profiles of a project."""
        await self._store.drop_all(project)
        self._known.pop(project, None)

    def forget(self, project: str) -> None:
        """Has it asked anew whether a project has profiles."""
        self._puts += 1
        self._known.pop(project, None)

    async def registered(self, project: str, members: Sequence[str]) -> set[str]:
        """Those of at most 50 members that have a profile now."""
        asked = list(dict.fromkeys(members))
        found = await self._store.registered(project, asked)
        return {member for member, has_one in zip(asked, found, strict=True) if has_one}

    def expect(self, project: str) -> None:
        """Has it asked, beside what is read next, whether the project has profiles: `shown` will want to know."""
        known = self._known.get(project)
        if (known is None or known[0] <= time.monotonic()) and project not in self._asking:
            task = self._asking[project] = asyncio.create_task(self._ask(project))
            task.add_done_callback(lambda done: self._asked(project, done))

    async def shown(self, project: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Entries with their members' profiles: the same ones, and no call, where the project has none."""
        if not entries or not await self._has_any(project):
            return entries
        texts = await self._store.read(project, [entry.member for entry in entries])
        return [
            entry._replace(profile=text) if text else entry for entry, text in zip(entries, texts, strict=True)
        ]  # fmt: skip

    async def _has_any(self, project: str) -> bool:
        known = self._known.get(project)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        self.expect(project)
        # One reader that is cancelled leaves the others theirs.
        return await asyncio.shield(self._asking[project])

    async def _ask(self, project: str) -> bool:
        puts = self._puts
        has_any = await self._store.has_any(project)
        if puts != self._puts:
            return True  # what was put meanwhile may be of this project, and come after the answer
        self._know(project, has_any)
        return has_any

    def _asked(self, project: str, done: asyncio.Task[bool]) -> None:
        self._asking.pop(project, None)
        if not done.cancelled():
            done.exception()  # who waits is told of it; where nobody does, the read itself failed

    async def _put(self, project: str, member: str, text: bytes, standing: bytes = b"") -> bool:
        try:
            is_new = await self._store.put(project, member, text, standing)
        finally:
            self._puts += 1
            self._known.pop(project, None)
        return is_new

    def _know(self, project: str, has_any: bool) -> None:
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[project] = (time.monotonic() + _KNOWN_FOR_S, has_any)
