"""The folder that a project is moved in: what lies where, and the manifest that says what is in it.

manifest.json          the project, its boards with settings, periods and digests; `complete` once all is there
boards/BOARD/ID.ndjson the entries of one period, as exported
members.ndjson         profiles, one a line
keys.json              digests of the API keys, with the mark of the pepper they were made with
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rankd.cli.digests import digest_of_all
from rankd.cli.downloads import write_whole
from rankd.cli.failures import Refusal, WrongUsage

FORM = 1


class MoveFolder:
    """One folder and its manifest, which is written anew after each step."""

    def __init__(self, place: Path, manifest: dict[str, Any]) -> None:
        self.place = place
        self.manifest = manifest

    @classmethod
    def to_fill(cls, place: Path, source: dict[str, str]) -> "MoveFolder":
        """A new folder, or one that an earlier run has begun from the same source. Raises WrongUsage."""
        found = _read(place / "manifest.json")
        if found is None:
            if place.exists() and any(place.iterdir()):
                raise WrongUsage(f"{place} is not empty", str(place), "", "Name a new folder with -o.")
            place.mkdir(parents=True, exist_ok=True)
            found = {"form": FORM, "complete": False, "source": source, "boards": {}, "left_out": []}
        elif found.get("complete") or found.get("source") != source:
            what = "holds an export already" if found.get("complete") else "holds another export that was begun"
            raise WrongUsage(f"{place} {what}", str(place), "", "Name a new folder with -o.")
        return cls(place, found)

    @classmethod
    def to_read(cls, place: Path) -> "MoveFolder":
        """A folder that an export has finished. Raises Refusal."""
        found = _read(place / "manifest.json")
        if found is None or found.get("form") != FORM or not found.get("complete"):
            why = "It has no manifest.json of this form." if found is None else "Its export was not finished."
            raise Refusal(f"{place} cannot be imported", str(place), why, "Make it with `rankd export --all -o DIR`.")
        return cls(place, found)

    def save(self) -> None:
        write_whole(self.place / "manifest.json", self.manifest)

    def entries_file(self, board: str, period: str, member_type: str) -> Path:
        teams = ".teams" if member_type == "team" else ""
        return self.place / "boards" / quote(board, safe="") / f"{quote(period, safe='~')}{teams}.ndjson"

    @property
    def members_file(self) -> Path:
        return self.place / "members.ndjson"

    @property
    def bans_file(self) -> Path:
        return self.place / "bans.ndjson"

    @property
    def keys_file(self) -> Path:
        return self.place / "keys.json"

    def leave_out(self, what: str) -> None:
        """Notes what the move cannot take along."""
        if what not in self.manifest["left_out"]:
            self.manifest["left_out"].append(what)

    def digests(self) -> dict[str, str]:
        """The digest of each period that can be imported, by board and period."""
        return {
            digest_name(board, period): period["sha256"]
            for board, known in self.manifest["boards"].items()
            for period in known["periods"]
            if is_importable(period)
        }

    def digest(self) -> str:
        return digest_of_all(self.digests())


def digest_name(board: str, period: dict[str, Any]) -> str:
    """What a period's digest is told as; teams have one of their own."""
    return f"{board} {period['id']}" + (" teams" if period["member_type"] == "team" else "")


def is_importable(period: dict[str, Any]) -> bool:
    """Whether the API can make a period again: archives of early resets it cannot."""
    return "~" not in str(period["id"])


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Refusal(f"{file} cannot be read", str(file), str(error)) from None
    return found if isinstance(found, dict) else None


def told_rows(told: dict[str, Any]) -> list[tuple[str, Any]]:
    """What a move tells at its end, a row each: `members` are those with a profile, and others have entries too."""
    return [("profiles" if name == "members" else name, item) for name, item in told.items()]
