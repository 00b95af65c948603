"""The sample board: real players, the contestants of a year of the International Mathematical Olympiad.

Loaded over the HTTP API like anybody's data. Almost everyone is tied there, so that shared ranks are seen.
"""

import csv
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from rankd.cli.chunks import MAX_ROWS
from rankd.cli.client import Client, path
from rankd.cli.failures import Refusal

BOARD = "imo"
_NOT_FOUND = 404


def players() -> tuple[str, list[dict[str, Any]]]:
    """The latest year of the sample file, and its submissions."""
    with files("rankd.sample").joinpath("imo_results.csv").open(encoding="utf-8") as file:
        results = list(csv.DictReader(file))
    year = max(result["year"] for result in results)
    return year, [_submission(result) for result in results if result["year"] == year]


def _submission(result: dict[str, str]) -> dict[str, Any]:
    return {
        "member": f"{result['contestant']} ({result['country']})",
        "score": int(result["score"]),
        "metadata": {"country": result["country"], "year": int(result["year"])},
    }


def _definition(year: str) -> dict[str, Any]:
    return {
        "name": f"International Mathematical Olympiad {year}",
        "description": "Sample data: points of 42, equal points share a rank.",
        "order": "desc",
        "update": "best",
        "rank_style": "competition",
    }


def _arrays(submissions: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(submissions), MAX_ROWS):
        yield submissions[start : start + MAX_ROWS]


def load(client: Client) -> int:
    """Make the board if there is none, submit everyone, answer how many. Again it changes nothing."""
    year, submissions = players()
    try:
        client.get(path("boards", BOARD))
    except Refusal as refusal:
        if refusal.status != _NOT_FOUND:
            raise
        client.put(path("boards", BOARD), _definition(year))
    for array in _arrays(submissions):
        client.post(path("boards", BOARD, "scores"), array)
    return len(submissions)
