"""Who stands in the windows of a board, read from its keys: what bans leave in the end has to agree there."""

from rankd.domain.bans import Ban
from rankd.domain.ordering import decode_member
from rankd.store.bans import BanStore
from rankd.store.boards import BoardStore
from rankd.store.client import StoreClient
from rankd.store.standing import StandingBoard
from tests.store_servers import StoreServer

PROJECT = "default"


async def disagreements(store: StoreServer, members: list[str], *board_ids: str) -> list[str]:
    """Where the project's bans, a board's own and its orders do not say the same of who is hidden."""
    client = StoreClient(store.url)
    try:
        bans = await BanStore(client).read(PROJECT, members)
        found = []
        for board_id in board_ids:
            standing = await BoardStore(client).read(PROJECT, board_id)
            found += [f"{board_id}: {wrong}" for wrong in _of_board(store, standing, bans)]
        return found
    finally:
        await client.close()


def _of_board(store: StoreServer, standing: StandingBoard, bans: dict[str, Ban | None]) -> list[str]:
    wanted = {member: ban.mode_on(standing.board.id) for member, ban in bans.items() if ban}
    noted = {decode_member(id): mode.decode() for id, mode in store.control.hgetall(standing.keys.bans).items()}
    found = (
        [f"noted {noted}, wanted {wanted}"] if noted != {name: mode for name, mode in wanted.items() if mode} else []
    )
    hidden = {member for member, mode in noted.items() if mode == "hide"}
    for entries in store.control.scan_iter(standing.keys.tag + b"entries:*", count=1000):
        token = entries.rpartition(b"entries:")[2].decode()
        found += [f"{token}: {wrong}" for wrong in _of_window(store, standing, token, hidden)]
    return found


def _of_window(store: StoreServer, standing: StandingBoard, token: str, hidden: set[str]) -> list[str]:
    order, entries, distinct, values, _ = standing.keys.of_token(token)
    layout, records = standing.layout, store.control.hgetall(entries)
    standing_ids = {id for id in records if decode_member(id) not in hidden}
    ids = [member[2 + layout.key_length :] for member in store.control.zrange(order, 0, -1)]
    found = [] if sorted(ids) == sorted(standing_ids) else [f"{ids} stand, {standing_ids} should"]
    if standing.is_indexed:
        kept = set(store.control.zrange(distinct, 0, -1))
        if kept != {records[id][: layout.value_length] for id in standing_ids}:
            found.append(f"distinct values {kept}")
    if standing.board.fields:
        held = sorted(id for id in records for value in store.control.zrange(values, 0, -1) if value.endswith(id))
        shown = [standing.fields.unpack(records[id][layout.fixed_length :])[0] for id in sorted(standing_ids)]
        if len(held) != sum(map(len, shown)) or set(held) - standing_ids:
            found.append(f"field values of {held}, not of {shown}")
    return found
