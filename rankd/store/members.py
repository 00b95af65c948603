"""Members' profiles in the store: one hash a project."""

import asyncio
import time
from collections.abc import Sequence

from rankd.domain.ordering import decode_member, encode_member
from rankd.errors import RankdError
from rankd.store import keys
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import load

_PUT, _REGISTERED, _DROP = load("put_profile"), load("registered"), load("drop_profiles")
_READ_FIELDS, _SCAN = load("read_fields"), load("scan_fields")
# So that no script takes long over profiles of full length.
_CHUNK = 250


class ProfileChanged(RankdError):
    """The profile is no longer the one that was read. Never leaves the service."""


class MemberStore:
    """Profiles, by project and member: JSON text, empty where a member has none."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def read(self, project: str, members: Sequence[str]) -> list[bytes]:
        """The profiles of up to 1,000 members, read in parts that travel together."""
        name = [keys.profiles(project)]
        parts = [members[start : start + _CHUNK] for start in range(0, len(members), _CHUNK)]
        calls = [self._client.call(_READ_FIELDS, new_call(), name, list(map(encode_member, part))) for part in parts]
        return [text for reply in await asyncio.gather(*calls) for text in checked(reply)[0]]

    async def put(self, project: str, member: str, text: bytes, standing: bytes = b"") -> bool:
        """Writes a profile, over the one that was read where that is given. Returns whether it is the first.

        Raises ProfileChanged.
        """
        call = new_call()
        names = [keys.profiles(project), keys.project_call(project, call)]
        reply = await self._client.call(_PUT, call, names, [encode_member(member), text, standing])
        return bool(checked(reply, {b"PROFILE_CHANGED": ProfileChanged})[0])

    async def has_any(self, project: str) -> bool:
        """Whether any member of the project has a profile."""
        has_any, _ = await self._registered(project, ())
        return bool(has_any)

    async def registered(self, project: str, members: Sequence[str]) -> list[bool]:
        """Which of at most 50 members have a profile."""
        _, found = await self._registered(project, members)
        return list(map(bool, found))

    async def listed(self, project: str, cursor: str, count: int) -> tuple[list[tuple[str, bytes]], str]:
        """About so many members and their profiles, and the cursor to go on from, 0 at the end."""
        reply = await self._client.call(_SCAN, new_call(), [keys.profiles(project)], [cursor, count])
        following, found = checked(reply)
        pairs = zip(found[::2], found[1::2], strict=True)
        return [(decode_member(stored), text) for stored, text in pairs], following.decode()

    async def _registered(self, project: str, members: Sequence[str]) -> tuple[int, list[int]]:
        ids = list(map(encode_member, members))
        reply = await self._client.call(_REGISTERED, new_call(), [keys.profiles(project)], ids)
        has_any, found = checked(reply)
        return has_any, found

    async def drop_all(self, project: str) -> None:
        """Drops the profiles of a project that is deleted."""
        call = new_call()
        receipts = keys.kept_erasures(project, time.time_ns() // 1_000_000)
        names = [keys.profiles(project), keys.bans(project), *receipts]
        checked(await self._client.call(_DROP, call, [*names, keys.project_call(project, call)], []))
