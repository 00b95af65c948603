"""Bans and erasures in the store: what a board notes of a member, and its entries in all windows."""

import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rankd.domain.bans import Ban, BanMode
from rankd.domain.ordering import decode_member, encode_member
from rankd.store import keys
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import load
from rankd.store.standing import StandingBoard, WindowKeys

_BAN, _SETTLE, _ERASE = load("ban"), load("settle"), load("erase")
_NOTE, _SCAN, _FORGET = load("note_ban"), load("scan_fields"), load("forget_member")
_SCAN_RANGES, _DROP_RANGES, _READ_FIELDS = load("scan_ranges"), load("drop_ranges"), load("read_fields")
_WINDOWS_A_CALL = 20
_ENTRIES_A_CALL = 50
_SCANNED = 100


@dataclass(frozen=True, slots=True)
class Owned:
    """Everything of a board that holds entries: the keys of its windows, and its days of ranges."""

    windows: list[WindowKeys]
    days: list[str]


class BanStore:
    """Bans of a project and of its boards, and what erases a member."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def set_modes(self, standing: StandingBoard, modes: Mapping[str, BanMode | None]) -> None:
        """What a board does with the submissions of at most 50 members from now on.

        Raises BoardChanged, BoardNotFound.
        """
        call, names = new_call(), standing.keys
        all_names = [names.board, keys.kept_call(names.tag, call), names.bans, names.days]
        args: list[Any] = [standing.revision]
        for member, mode in modes.items():
            args += (encode_member(member), mode or b"")
        checked(await self._client.call(_BAN, call, all_names, args))

    async def settle(self, standing: StandingBoard, members: Iterable[str], windows: Sequence[WindowKeys]) -> None:
        """Takes at most 50 members out of the orders of windows, or puts them back, as their board notes."""
        args = [*self._head(standing), _ENTRIES_A_CALL, *map(encode_member, members)]
        for start in range(0, len(windows), _WINDOWS_A_CALL):
            names = [standing.keys.board, standing.keys.bans]
            names += [name for one in windows[start : start + _WINDOWS_A_CALL] for name in one]
            has_more = 1
            while has_more:
                _, has_more = checked(await self._client.call(_SETTLE, new_call(), names, args))

    async def erase(self, standing: StandingBoard, member: str, owned: Owned) -> tuple[int, int]:
        """Takes a member out of everything a board has. Returns how many entries and days held it."""
        entries = days = 0
        parts = [
            owned.windows[start : start + _WINDOWS_A_CALL] for start in range(0, len(owned.windows), _WINDOWS_A_CALL)
        ]
        for number, windows in enumerate(parts):
            dates = owned.days if number == 0 else []
            names = [standing.keys.board, standing.keys.bans, standing.keys.days]
            names += [name for one in windows for name in one]
            names += map(standing.keys.day, dates)
            args = [*self._head(standing), encode_member(member), _ENTRIES_A_CALL, len(windows), *dates]
            has_more = 1
            while has_more:
                found, touched, has_more = checked(await self._client.call(_ERASE, new_call(), names, args))
                entries, days = entries + found, days + touched
        return entries, days

    @staticmethod
    def _head(standing: StandingBoard) -> list[Any]:
        indexed = b"1" if standing.is_indexed else b"0"
        return [standing.revision, standing.layout_text, indexed]

    async def drop_ranges(self, standing: StandingBoard) -> None:
        """Drops every range of a board that was computed."""
        names = standing.keys
        while True:
            (found,) = checked(await self._client.call(_SCAN_RANGES, new_call(), [names.ranges], [_SCANNED]))
            if not found:
                return
            owned = [key for name in found for key in names.of_range(name.decode())]
            checked(await self._client.call(_DROP_RANGES, new_call(), [names.ranges, *owned], found))

    async def note(self, project: str, member: str, ban: Ban | None) -> Ban | None:
        """Notes a member's ban in its project, or takes it back. Returns the one before."""
        call = new_call()
        names = [keys.bans(project), keys.project_call(project, call)]
        reply = await self._client.call(_NOTE, call, names, [encode_member(member), ban.text if ban else b""])
        (before,) = checked(reply)
        return Ban.from_text(before) if before else None

    async def read(self, project: str, members: Iterable[str]) -> dict[str, Ban | None]:
        """The bans of at most 50 members; None of one that has none."""
        asked = list(members)
        reply = await self._client.call(_READ_FIELDS, new_call(), [keys.bans(project)], list(map(encode_member, asked)))
        (texts,) = checked(reply)
        return {member: Ban.from_text(text) if text else None for member, text in zip(asked, texts, strict=True)}

    async def all(self, project: str) -> AsyncIterator[list[tuple[str, Ban]]]:
        """All bans of a project, some at a time; one that is put meanwhile may be among them."""
        cursor = "0"
        while True:
            found, cursor = await self.listed(project, cursor, _SCANNED)
            yield found
            if cursor == "0":
                return

    async def listed(self, project: str, cursor: str, count: int) -> tuple[list[tuple[str, Ban]], str]:
        """About so many bans, and the cursor to go on from, 0 at the end."""
        reply = await self._client.call(_SCAN, new_call(), [keys.bans(project)], [cursor, count])
        following, found = checked(reply)
        pairs = zip(found[::2], found[1::2], strict=True)
        return [(decode_member(stored), Ban.from_text(text)) for stored, text in pairs], following.decode()

    async def forget(self, project: str, member: str, receipt: str, text: bytes) -> None:
        """Drops a member's profile and ban, and notes the erasure."""
        call, span = new_call(), time.time_ns() // 1_000_000 // keys.ERASURES_SPAN_MS
        names = [keys.profiles(project), keys.bans(project), keys.erasures(project, span)]
        args = [encode_member(member), receipt, text, (span + 2) * keys.ERASURES_SPAN_MS]
        checked(await self._client.call(_FORGET, call, [*names, keys.project_call(project, call)], args))

    async def receipt(self, project: str, receipt: str) -> bytes:
        """What was noted of an erasure, as JSON; empty where there was none."""
        for name in keys.kept_erasures(project, time.time_ns() // 1_000_000):
            ((text,),) = checked(await self._client.call(_READ_FIELDS, new_call(), [name], [receipt]))
            if text:
                return bytes(text)
        return b""
