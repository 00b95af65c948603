"""`rankd export --all`: a project into a folder, step by step, so that a run that was cut off is gone on with."""

import json
from pathlib import Path
from typing import Any

from rankd.cli.client import Client, path
from rankd.cli.digests import EntriesDigest
from rankd.cli.downloads import Download, download_file
from rankd.cli.failures import Refusal
from rankd.cli.move_folders import MoveFolder, is_importable, told_rows
from rankd.cli.moves_bans import export_bans
from rankd.cli.output import Output, note
from rankd.cli.progress import progress_to
from rankd.cli.transfers import Transfer

_NOT_SETTINGS = ("id", "created_at", "updated_at", "version")
_NO_ROOT = ("ROOT_ONLY", "SCOPE_MISSING")


def export_project(client: Client, out: Output, place: Path, retry_for_s: float) -> None:
    """Fills a folder with all of a project that can be read with this key."""
    folder = MoveFolder.to_fill(place, {"url": client.url, "project": client.project})
    folder.save()
    for board in client.pages(path("boards"), "boards"):
        _export_board(client, folder, board, retry_for_s)
    _export_members(client, folder)
    export_bans(client, folder)
    _export_as_root(client, folder)
    folder.manifest["sha256"] = folder.digest()
    folder.manifest["complete"] = True
    folder.save()
    _tell(out, folder)


def _export_board(client: Client, folder: MoveFolder, board: dict[str, Any], retry_for_s: float) -> None:
    known = folder.manifest["boards"].setdefault(board["id"], {"periods": []})
    known["settings"] = {name: value for name, value in board.items() if name not in _NOT_SETTINGS}
    if board["ranges"]["keep_days"]:
        folder.leave_out(f"{board['id']}: its spans of days, which the API cannot restore")
    if board.get("team_moves"):
        folder.leave_out(f"{board['id']}: what each member brought to its team, which team_moves would take along")
    done = {(period["id"], period["member_type"]) for period in known["periods"]}
    listed = client.get(path("boards", board["id"], "periods"), None, ("periods",))["periods"]
    for period in listed:
        for kind in board["member_types"] if period["total"] else ():
            if (period["id"], kind) not in done:
                asked = Transfer(board["id"], period=period["id"], member_type=kind)
                known["periods"].append(_export_period(client, folder, asked, period, retry_for_s))
                folder.save()


def _export_period(
    client: Client, folder: MoveFolder, asked: Transfer, period: dict[str, Any], retry_for_s: float
) -> dict[str, Any]:
    file, board = folder.entries_file(asked.board, period["id"], asked.member_type), asked.board
    file.parent.mkdir(parents=True, exist_ok=True)
    # Of teams the list of periods tells no total.
    note(f"{board} {period['id']}" + (" teams" if asked.member_type == "team" else f": {period['total']:,} entries"))
    with progress_to(period["total"]) as progress:
        download_file(Download(client, asked, progress, retry_for_s), asked, file, client)
    if not is_importable(period):
        folder.leave_out(f"{board} {period['id']}: an archive of an early reset; its entries lie in the folder")
    digest = digest_of(file)
    known = {"id": period["id"], "type": period["type"], "member_type": asked.member_type}
    return {**known, "entries": digest.count, "sha256": digest.text}


def digest_of(file: Path) -> EntriesDigest:
    """The digest of entries that were exported to a file."""
    digest = EntriesDigest()
    with file.open("rb") as lines:
        for line in lines:
            digest.write(line)
    return digest


def _export_members(client: Client, folder: MoveFolder) -> None:
    members: set[str] = set()
    with folder.members_file.open("wb") as file:
        for member in client.pages(path("members"), "members"):
            if member["member"] not in members:  # a list in no order may give one twice
                members.add(member["member"])
                file.write(json.dumps(member, ensure_ascii=False).encode() + b"\n")
    folder.manifest["members"] = len(members)


def _export_as_root(client: Client, folder: MoveFolder) -> None:
    """The project's own settings and its keys' digests, where the key may read them."""
    try:
        project = client.get(path("projects", client.project))
        where = path("projects", client.project, "key-digests")
        keys = list(client.pages(where, "keys"))
        mark = client.get(where, {"limit": 1})["pepper_mark"]
    except Refusal as refusal:
        if refusal.code not in _NO_ROOT:
            raise
        folder.leave_out("the project's settings and the digests of its keys: only the root key reads them")
        return
    folder.manifest["project"] = {name: project[name] for name in ("name", "settings")}
    folder.keys_file.write_text(json.dumps({"pepper_mark": mark, "keys": keys}, indent=1), "utf-8")


def _tell(out: Output, folder: MoveFolder) -> None:
    manifest = folder.manifest
    for left in manifest["left_out"]:
        note(f"Left out: {left}")
    periods = [period for board in manifest["boards"].values() for period in board["periods"]]
    told = {
        "folder": str(folder.place),
        "boards": len(manifest["boards"]),
        "periods": len(periods),
        "entries": sum(period["entries"] for period in periods),
        "members": manifest["members"],
        "bans": manifest["bans"],
        "left_out": manifest["left_out"],
        "sha256": manifest["sha256"],
    }
    out.fields(told, told_rows(told))
