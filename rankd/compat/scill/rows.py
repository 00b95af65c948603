"""SCILL's shapes: leaderboards and the rows of their members, in both versions."""

from datetime import datetime
from typing import Any

import orjson

from rankd.domain.boards import Board
from rankd.domain.entries import Entry
from rankd.domain.fields import FieldValue
from rankd.domain.instants import to_us
from rankd.service.pages import EntryPage

# What of a member type is shown: its rows, and how many there are.
Shown = tuple[list[Entry], int]
ABSENT_RANK = -1
# Where an avatar lies that is no web address, but a name that the game knows.
AVATAR = "avatarImage"


def shown(page: EntryPage) -> Shown:
    return list(page.entries), page.total or 0


def leaderboard_v2(board: Board, name: str, teams: Shown, users: Shown) -> dict[str, Any]:
    return {
        **_head_v2(board, name),
        "leaderboard_results_by_member_type": {
            kind: {"type": kind, "count": count, "members": [member_v2(board, kind, entry) for entry in entries]}
            for kind, (entries, count) in (("team", teams), ("user", users))
        },
    }


def ranking_v2(board: Board, name: str, member: dict[str, Any]) -> dict[str, Any]:
    return {**_head_v2(board, name), "leaderboard_member": member}


def _head_v2(board: Board, name: str) -> dict[str, Any]:
    return {
        "leaderboard_id": board.id,
        "leaderboard_name": name,
        "leaderboard_sort_order_ascending": board.order == "asc",
    }


def leaderboard_v1(board: Board, name: str, teams: Shown, users: Shown) -> dict[str, Any]:
    return {
        "leaderboard_id": board.id,
        "name": name,
        "grouped_by_users": [member_v1("user", entry) for entry in users[0]],
        "grouped_by_teams": [member_v1("team", entry) for entry in teams[0]],
        "num_users": users[1],
        "num_teams": teams[1],
    }


def ranking_v1(board: Board, name: str, member: dict[str, Any]) -> dict[str, Any]:
    return {"leaderboard_id": board.id, "name": name, "member": member}


def member_v1(kind: str, entry: Entry) -> dict[str, Any]:
    return {**_placed(kind, entry), "additional_info": additional_info(entry.profile)}


def member_v2(board: Board, kind: str, entry: Entry) -> dict[str, Any]:
    row = {**_placed(kind, entry), "metadata_results": metadata_results(board, entry)}
    return {**row, "additional_info": additional_info(entry.profile)}


def absent_v1(kind: str, member: str) -> dict[str, Any]:
    """The row of a member that is not on the board, which clients hide by its rank."""
    return {"member_id": member, "member_type": kind, "score": 0, "rank": ABSENT_RANK, "additional_info": {}}


def absent_v2(kind: str, member: str) -> dict[str, Any]:
    return {**absent_v1(kind, member), "metadata_results": []}


def _placed(kind: str, entry: Entry) -> dict[str, Any]:
    return {"member_id": entry.member, "member_type": kind, "score": entry.score, "rank": entry.rank or ABSENT_RANK}


def metadata_results(board: Board, entry: Entry) -> list[dict[str, Any]]:
    """One item for each field that entries are ranked by, in the order of their declaration."""
    found: list[dict[str, Any]] = []
    for rule in board.fields:
        if rule.rank is None:
            continue
        score, rank = _whole(entry.fields.get(rule.name)), entry.field_ranks.get(rule.name)
        if score is None or rank is None:
            found.append({"key": rule.name, "ranked": False})
        else:
            found.append({"key": rule.name, "ranked": True, "score": score, "rank": rank})
    return found


def _whole(value: FieldValue | None) -> int | None:
    """A field's value as the whole number that clients read: dates in milliseconds, fractions rounded, texts not."""
    if value is None or isinstance(value, str):
        return None
    return to_us(value) // 1000 if isinstance(value, datetime) else round(value)


def additional_info(profile: bytes) -> dict[str, Any]:
    """A profile as user info; nothing where there is none."""
    if not profile:
        return {}
    kept = orjson.loads(profile)
    info = kept["info"]
    return {**info, "username": kept["name"], AVATAR: kept["avatar_url"] or info.get(AVATAR)}
