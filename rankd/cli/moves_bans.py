"""Bans on their way to another server, with the entries of hidden members, which no export shows."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from rankd.cli.client import Client, path
from rankd.cli.failures import Refusal
from rankd.cli.move_folders import MoveFolder, is_importable
from rankd.cli.progress import Progress
from rankd.cli.restores import Restore
from rankd.cli.transfers import Transfer

_TOLD = ("member", "entry_id", "score", "subscores", "team", "fields", "metadata", "updated_at")
_NOT_HERE = ("ENTRY_NOT_FOUND", "PERIOD_NOT_FOUND")


def export_bans(client: Client, folder: MoveFolder) -> None:
    """Writes all bans, each with the entries that a hidden member would see of itself."""
    bans = {ban["member"]: ban for ban in client.pages(path("bans"), "bans")}
    boards = folder.manifest["boards"]
    periods = {board: _periods(client, board) for board in boards} if bans else {}
    arcade = {board for board, known in boards.items() if not known["settings"]["unique"]}
    with folder.bans_file.open("wb") as file:
        for ban in bans.values():
            entries = list(_hidden_entries(client, ban, periods, arcade)) if ban["mode"] == "hide" else []
            file.write(json.dumps({"ban": ban, "entries": entries}, ensure_ascii=False).encode() + b"\n")
    folder.manifest["bans"] = len(bans)


def _periods(client: Client, board: str) -> list[str]:
    listed = client.get(path("boards", board, "periods"), None, ("periods",))["periods"]
    return [period["id"] for period in listed if is_importable(period)]


def _hidden_entries(
    client: Client, ban: dict[str, Any], periods: dict[str, list[str]], arcade: set[str]
) -> Iterator[dict[str, Any]]:
    """What a hidden member sees of itself, on every board and in every period."""
    member = ban["member"]
    for board in ban["boards"] or periods:
        own = _own_entries if board in arcade else _own_entry
        for period in periods.get(board, ()):
            for entry in own(client, board, member, {"period": period, "viewer": member}):
                told = {name: entry[name] for name in _TOLD if name in entry}
                yield {"board": board, "period": period, "entry": told}


def _own_entry(client: Client, board: str, member: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    try:
        yield client.get(path("boards", board, "entries", member), asked, ("score",))
    except Refusal as refusal:
        if refusal.code not in _NOT_HERE:
            raise


def _own_entries(client: Client, board: str, member: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All of a member's entries on an arcade board."""
    yield from client.pages(path("boards", board, "entries"), "entries", {**asked, "filter": f"member:{member}"})


def import_bans(client: Client, folder: MoveFolder, retry_for_s: float) -> None:
    """Brings the entries of hidden members, then hides them."""
    if not folder.bans_file.exists():
        return
    with folder.bans_file.open("rb") as lines:
        for line in lines:
            noted = json.loads(line)
            for (board, period), hidden in groupby(noted["entries"], lambda one: (one["board"], one["period"])):
                entries = [json.dumps(one["entry"], ensure_ascii=False).encode() + b"\n" for one in hidden]
                purpose = Transfer(board, "ndjson", period)
                Restore(client, purpose, Progress(), retry_for_s).send_lines(entries)
            ban = noted["ban"]
            wanted = {name: ban[name] for name in ("mode", "boards") if ban[name] is not None}
            client.put(path("members", ban["member"], "ban"), wanted)
