"""Values of fields whose type was changed, brought to the new type in chunks between which others write.

Records are walked and not the order of values, in which entries move as they are written to, and hidden members have
no place. What the new type cannot say stays as it is, and is shown again when the type is changed back.
"""

from rankd.domain.fields import FieldRule, Former, converted, pack_value, unpack_value
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import load
from rankd.store.standing import StandingBoard, WindowKeys

_CONVERT, _SCAN = load("convert"), load("scan_slot")
_CHUNK = 50


class ConversionStore:
    """Changes of the type of fields."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def convert(self, standing: StandingBoard, window_keys: WindowKeys) -> None:
        """Brings all former values of a window to the present types. Raises BoardChanged."""
        for rule in standing.fields.rules.values():
            for former in standing.fields.former[rule.name]:
                await self._convert(standing, window_keys, rule, former)

    async def _convert(self, standing: StandingBoard, window_keys: WindowKeys, rule: FieldRule, former: Former) -> None:
        order, entries, _, values, ties = window_keys
        indexed = b"1" if standing.is_indexed else b"0"
        head = [standing.revision, standing.layout_text, indexed, former.slot, standing.fields.slots[rule.name]]
        cursor = b"0"
        while True:
            args = [standing.layout_text, former.slot, cursor, _CHUNK]
            cursor, ids, found = checked(await self._client.call(_SCAN, new_call(), [entries], args))
            changes: list[bytes] = []
            for stored_id, packed in zip(ids, found, strict=True):
                value = converted(former.type, unpack_value(former.type, packed), rule.type)
                if value is not None:
                    changes += (stored_id, packed, pack_value(rule.type, value))
            if changes:
                names = [standing.keys.board, order, entries, values, ties]
                checked(await self._client.call(_CONVERT, new_call(), names, [*head, *changes]))
            if cursor == b"0":
                return
