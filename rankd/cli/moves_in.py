"""`rankd import --all`: a folder of `rankd export --all` to another server, and whether it arrived whole."""

import json
from pathlib import Path
from typing import Any

from rankd.cli.client import Client, path
from rankd.cli.digests import EntriesDigest, digest_of_all
from rankd.cli.downloads import Download
from rankd.cli.failures import Refusal
from rankd.cli.move_folders import MoveFolder, digest_name, is_importable, told_rows
from rankd.cli.moves_bans import import_bans
from rankd.cli.output import Output, note
from rankd.cli.progress import Progress, progress_to
from rankd.cli.restores import Restore
from rankd.cli.transfers import Transfer

_KEYS_A_CALL = 100


def import_project(client: Client, out: Output, place: Path, retry_for_s: float) -> bool:
    """Brings a project here. Returns whether every entry that was exported stands as it stood there."""
    folder = MoveFolder.to_read(place)
    keys = _import_as_root(client, folder)
    _import_members(client, folder)
    for board, known in folder.manifest["boards"].items():
        client.put(path("boards", board), known["settings"])
        for period in filter(is_importable, known["periods"]):
            _import_period(client, folder, board, period, retry_for_s)
    import_bans(client, folder, retry_for_s)
    found = _digests_here(client, folder, retry_for_s)
    return _tell(out, folder, found, keys)


def _import_as_root(client: Client, folder: MoveFolder) -> dict[str, int]:
    """The project and its keys first: what cannot be opened here should not be begun. Raises Refusal."""
    if "project" in folder.manifest:
        project = folder.manifest["project"]
        try:
            client.get(path("projects", client.project))
        except Refusal as refusal:
            if refusal.code != "PROJECT_NOT_FOUND":
                raise
            # Asked for in a project that is there already.
            wanted = {"id": client.project, "name": project["name"]}
            client.send("POST", path("projects"), json=wanted, headers={"X-Project-Id": "default"})
        client.patch(path("projects", client.project), {"name": project["name"]})
        _patch_settings(client, folder, project["settings"])
    outcomes: dict[str, int] = {}
    if folder.keys_file.exists():
        stored = json.loads(folder.keys_file.read_text("utf-8"))
        for start in range(0, len(stored["keys"]), _KEYS_A_CALL):
            part = {"pepper_mark": stored["pepper_mark"], "keys": stored["keys"][start : start + _KEYS_A_CALL]}
            for key in client.post(path("projects", client.project, "key-digests"), part)["keys"]:
                outcomes[key["outcome"]] = outcomes.get(key["outcome"], 0) + 1
    return outcomes


def _patch_settings(client: Client, folder: MoveFolder, settings: dict[str, Any]) -> None:
    try:
        client.patch(path("projects", client.project), {"settings": settings})
    except Refusal as refusal:
        if refusal.code != "NOT_SUPPORTED":
            raise
        folder.leave_out("settings of the project that this server does not carry out")


def _import_members(client: Client, folder: MoveFolder) -> None:
    if not folder.members_file.exists():
        return
    with folder.members_file.open("rb") as lines, progress_to(folder.manifest.get("members")) as progress:
        for count, line in enumerate(lines, 1):
            profile = json.loads(line)
            client.put(path("members", profile["member"]), profile)
            progress.rows(count)


def _import_period(client: Client, folder: MoveFolder, board: str, period: dict[str, Any], retry_for_s: float) -> None:
    file = folder.entries_file(board, period["id"], period["member_type"])
    note(f"{digest_name(board, period)}: {period['entries']:,} entries")
    with file.open("rb") as source, progress_to(period["entries"]) as progress:
        restore = Restore(client, Transfer(board, "ndjson", period["id"], period["member_type"]), progress, retry_for_s)
        try:
            restore.run(source, file.with_name(file.name + ".import.json"))
        except Refusal as refusal:
            if refusal.code != "PERIOD_NOT_FOUND":
                raise
            folder.leave_out(f"{board} {period['id']}: the board keeps that period no more")


def _digests_here(client: Client, folder: MoveFolder, retry_for_s: float) -> dict[str, str]:
    found = {}
    for board, known in folder.manifest["boards"].items():
        for period in filter(is_importable, known["periods"]):
            digest = EntriesDigest()
            asked = Transfer(board, period=period["id"], member_type=period["member_type"])
            try:
                Download(client, asked, Progress(), retry_for_s).to(digest)  # type: ignore[arg-type]
            except Refusal as refusal:
                if refusal.code != "PERIOD_NOT_FOUND":
                    raise
            found[digest_name(board, period)] = digest.text
    return found


def _tell(out: Output, folder: MoveFolder, found: dict[str, str], keys: dict[str, int]) -> bool:
    there = folder.digests()
    different = sorted(name for name in there if found.get(name) != there[name])
    for left in folder.manifest["left_out"]:
        note(f"Left out: {left}")
    for name in different:
        note(f"Different: {name}: {there[name]} there, {found.get(name)} here")
    told = {
        "boards": len(folder.manifest["boards"]),
        "members": folder.manifest.get("members"),
        "keys": keys,
        "left_out": folder.manifest["left_out"],
        "different": different,
        "sha256_there": folder.manifest["sha256"],
        "sha256_here": digest_of_all(found),
    }
    out.fields(told, told_rows(told))
    return not different and not keys.get("in_use")
