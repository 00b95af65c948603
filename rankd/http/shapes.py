"""The JSON shapes of answers: one function a shape, used by every handler that gives it."""

from typing import Any

import orjson

from rankd.domain.boards import Board
from rankd.domain.entries import NO_ENTRY, Entry, Movement, PeriodPlacing, Placing, Statistics
from rankd.domain.fields import shown_value
from rankd.domain.instants import boundary_text, instant_text
from rankd.errors import RankdError
from rankd.http.codec import encode
from rankd.service.member_entries import MemberPage
from rankd.service.pages import EntryPage, FoundEntry, PeriodShown, ValuePage
from rankd.service.periods import ListedPeriod

BOARD_KEYS = (
    "id", "name", "names", "description", "icon_url", "enabled", "order", "update", "tie_break", "rank_style",
    "subscores", "unique", "entries_per_member", "decimals", "score_min", "score_max", "max_step", "team_update",
    "team_moves", "previous_scores", "registered_only", "player_submit", "member_types", "timezone", "starts_at",
    "ends_at", "late_s", "periods", "reset", "ranges", "fields", "source", "created_at", "updated_at", "version",
)  # fmt: skip


def _subscores(subscores: dict[str, int], as_text: bool) -> dict[str, Any]:
    return {name: str(value) for name, value in subscores.items()} if as_text else subscores


def _int64(value: int, as_text: bool) -> int | str:
    return str(value) if as_text else value


def placing_json(board_id: str, placing: Placing, as_text: bool) -> bytes:
    """A placing, written straight to JSON: arrays answer a thousand of them. `as_text` gives int64 as text."""
    score: Any = placing.score
    previous: Any = placing.previous_score
    if as_text:
        score, previous = f'"{score}"', f'"{previous}"' if previous is not None else None
    rank = placing.rank or "null"  # a hidden member has none
    changed = "true" if placing.changed else "false"
    previous_rank = placing.previous_rank or "null"
    subscores = encode(_subscores(placing.subscores, as_text)).decode() if placing.subscores else "{}"
    entry_id = ""
    if placing.entry_id is not None:
        entry_id = f'"entry_id":{"null" if placing.entry_id == NO_ENTRY else placing.entry_id},'
    if placing.periods:
        parts = ",".join([_period_json(part, as_text) for part in placing.periods])
    else:
        parts = f'"all":{{"rank":{rank},"score":{score},"changed":{changed},"previous_rank":{previous_rank}}}'
    return (
        f'{{"board":"{board_id}","member":{encode(placing.member).decode()},{entry_id}"changed":{changed},"score":{score},'
        f'"subscores":{subscores},"rank":{rank},"total":{placing.total},'
        f'"previous_score":{"null" if previous is None else previous},"previous_rank":{previous_rank},'
        f'"period":"{placing.period}","updated_at":"{instant_text(placing.at_us)}","periods":{{{parts}}}}}'
    ).encode()


def _period_json(part: PeriodPlacing, as_text: bool) -> str:
    """A placing's part in one period; every one but `all` says which window it is."""
    named = "" if part.type == "all" else f'"id":"{part.id}",'
    score = f'"{part.score}"' if as_text else part.score
    previous_rank = part.previous_rank or "null"
    return (
        f'"{part.type}":{{{named}"rank":{part.rank or "null"},"score":{score},'
        f'"changed":{"true" if part.changed else "false"},"previous_rank":{previous_rank}}}'
    )


def outcome_json(board_id: str, outcome: Placing | RankdError, as_text: bool) -> bytes:
    """A placing, or a refused item in its place."""
    if isinstance(outcome, RankdError):
        return encode({"board": board_id, **fault_shape(outcome)})
    return placing_json(board_id, outcome, as_text)


def fault_shape(error: RankdError) -> dict[str, Any]:
    """A refused item in its place."""
    shape = {"status": error.status, "code": error.code, "title": error.title, "detail": error.detail}
    return {**shape, "errors": error.faults} if error.faults else shape


def entry_shape(entry: Entry, as_text: bool) -> dict[str, Any]:
    """A row of a board."""
    return {
        "rank": entry.rank or None,
        "member": entry.member,
        **({"entry_id": entry.entry_id} if entry.entry_id is not None else {}),
        "score": str(entry.score) if as_text else entry.score,
        "subscores": _subscores(entry.subscores, as_text),
        **({"previous_score": _int64(entry.previous_score, as_text)} if entry.previous_score is not None else {}),
        "fields": {name: shown_value(value) for name, value in entry.fields.items()},
        **({"team": entry.team} if entry.team is not None else {}),
        **({"field_ranks": entry.field_ranks} if entry.field_ranks else {}),
        "metadata": orjson.Fragment(entry.metadata) if entry.metadata else None,
        **({"profile": orjson.Fragment(entry.profile)} if entry.profile else {}),
        "updated_at": instant_text(entry.at_us),
    }


def profile_json(member: str, text: bytes) -> bytes:
    """A member's id and its profile. The kept text is put in as it is, numbers of any length included."""
    return b'{"member":' + encode(member) + b"," + text.removeprefix(b"{")


def lone_entry_shape(board_id: str, found: FoundEntry, as_text: bool) -> dict[str, Any]:
    """One entry, read by itself."""
    return {
        "board": board_id,
        **entry_shape(found.entry, as_text),
        "total": found.total,
        "percentile": found.percentile,
        "period": period_shape(found.period),
        "movement": _movement_shape(found.movement, as_text),
        "decimals": found.decimals,
    }


def member_page_shape(member: str, page: MemberPage, as_text: bool) -> dict[str, Any]:
    """One member's entries on several boards; its profile stands beside them once."""
    return {
        "member": member,
        **({"profile": orjson.Fragment(page.profile)} if page.profile else {}),
        "entries": [lone_entry_shape(board_id, found, as_text) for board_id, found in page.rows],
        "next": page.next,
        "prev": page.prev,
    }


def stats_shape(board_id: str, stats: Statistics, shown: PeriodShown, as_text: bool) -> dict[str, Any]:
    """Statistics; quantiles are named like `p50`, steps of the histogram include both ends."""

    def shown_score(score: int | None) -> Any:
        return str(score) if as_text and score is not None else score

    return {
        "board": board_id,
        "period": period_shape(shown),
        "count": stats.count,
        "min": shown_score(stats.least),
        "max": shown_score(stats.greatest),
        "quantiles": {f"p{share / 1000:g}": shown_score(score) for share, score in stats.quantiles.items()},
        "histogram": [
            {"from": shown_score(step.least), "to": shown_score(step.greatest), "count": step.count}
            for step in stats.steps
        ],
        "top": [
            {"percent": _percent(top.share), "count": top.count, "score": shown_score(top.score)} for top in stats.tops
        ],
    }


def _percent(share: int) -> int | float:
    """A share in 100,000ths as percent."""
    return share // 1000 if share % 1000 == 0 else share / 1000


def _movement_shape(movement: Movement | None, as_text: bool) -> dict[str, Any] | None:
    if movement is None:
        return None
    # The difference of two int64 may need 65 bits, which the encoder does not take as a number.
    change = str(movement.score_change)
    return {
        **movement._asdict(),
        "score": str(movement.score) if as_text else movement.score,
        "score_change": change if as_text else orjson.Fragment(change.encode()),
    }


def period_shape(shown: PeriodShown) -> dict[str, Any]:
    window = shown.window
    shape = {
        "id": shown.id,
        "type": window.type,
        "starts_at": _boundary(window.start_us),
        "ends_at": _boundary(window.end_us),
    }
    return {**shape, **shown.note._asdict()} if shown.note else shape


def _boundary(at_us: int | None) -> str | None:
    return None if at_us is None else boundary_text(at_us)


def page_shape(page: EntryPage, as_text: bool) -> dict[str, Any]:
    period = period_shape(page.period)
    return {
        "board": page.board.id,
        "period": period,
        "next_reset_at": period["ends_at"],
        "total": page.total,
        "decimals": page.board.decimals,
        "entries": [entry_shape(entry, as_text) for entry in page.entries],
        "next": page.next,
        "prev": page.prev,
    }


def values_shape(page: ValuePage) -> dict[str, Any]:
    return {
        "board": page.board_id,
        "field": page.field,
        "period": period_shape(page.period),
        "values": [{"value": shown_value(value), "count": count} for value, count in page.values],
        "next": page.next,
        "prev": None,
    }


def listed_period_shape(listed: ListedPeriod) -> dict[str, Any]:
    shape = period_shape(PeriodShown(listed.window, listed.id))
    return {**shape, "total": listed.total, "closed": listed.is_closed}


def board_shape(board: Board) -> dict[str, Any]:
    """A board with all settings of the contract, in its order."""
    shape = board.model_dump()
    return {name: shape[name] for name in BOARD_KEYS}
