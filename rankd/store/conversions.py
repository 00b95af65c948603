"""Values of fields whose type was changed, brought to the new type in chunks between which others write.

The order of values still has the former ones, under the slot of the former type; each that is brought over leaves it.
What the new type cannot say keeps its place there, and is shown again when the type is changed back.
"""

from rankd.domain.fields import FieldRule, Fields, Former, converted, pack_value, unpack_value
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import load
from rankd.store.standing import StandingBoard, WindowKeys

_CONVERT, _LIST = load("convert"), load("list_slot")
_CHUNK = 50


class ConversionStore:
    """Changes of the type of fields."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def convert(self, standing: StandingBoard, window_keys: WindowKeys) -> None:
        """Brings all former values of a window to the present types. Raises BoardChanged."""
        for rule in standing.board.fields:
            for former in standing.fields.former[rule.name]:
                await self._convert(standing, window_keys, rule, former)

    async def _convert(self, standing: StandingBoard, window_keys: WindowKeys, rule: FieldRule, former: Former) -> None:
        _, entries, _, values, ties = window_keys
        slot = standing.fields.slots[rule.name]
        indexed = b"1" if standing.is_indexed else b"0"
        head = [standing.revision, standing.layout_text, indexed, former.slot, slot]
        last = b""
        while True:
            args = [bytes((former.slot,)), last, _CHUNK]
            (found,) = checked(await self._client.call(_LIST, new_call(), [values], args))
            if not found:
                return
            last = found[-1]
            changes = [part for member in found for part in _change(standing, rule, former, member)]
            if changes:
                names = [standing.keys.board, entries, values, ties]
                checked(await self._client.call(_CONVERT, new_call(), names, [*head, *changes]))


def _change(standing: StandingBoard, rule: FieldRule, former: Former, member: bytes) -> tuple[bytes, ...]:
    """Member id, former value and the one in its place; nothing where there can be none."""
    length = Fields.length_of(former.type)
    end = 1 + length if length else member.index(b"\0", 1) + 1
    packed = member[1:end]
    value = converted(former.type, unpack_value(former.type, packed), rule.type)
    if value is None:
        return ()
    return member[end + standing.layout.fixed_length :], packed, pack_value(rule.type, value)
