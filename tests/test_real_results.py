"""Whole years of the International Mathematical Olympiad: every read finds each published rank again."""

import csv
import random
from collections import defaultdict
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import pytest

from tests.asgi_calls import Calls

Result = dict[str, str]


def results_by_year() -> dict[str, list[Result]]:
    text = files("rankd").joinpath("sample/imo_results.csv").read_text("utf-8")
    found: dict[str, list[Result]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["year"]].append(row)
    return found


YEARS = results_by_year()


def member_of(result: Result) -> str:
    return f"{result['contestant']} ({result['country']})"


async def load(call: Calls, year: str) -> tuple[str, dict[str, int]]:
    """A board of the year's results, sent in a shuffled order; its path, and the published ranks."""
    path, results = f"/v1/boards/imo-{year}", list(YEARS[year])
    random.Random(int(year)).shuffle(results)
    board = {"name": f"IMO {year}", "rank_style": "competition", "update": "best"}
    assert (await call("PUT", path, board)).status == 201
    sent = [{"member": member_of(result), "score": int(result["score"])} for result in results]
    answer = await call("POST", path + "/scores", sent)
    assert [placing["member"] for placing in answer.json] == [item["member"] for item in sent]
    return path, {member_of(result): int(result["published_rank"]) for result in results}


def ranks(entries: list[dict[str, Any]]) -> dict[str, int]:
    return {entry["member"]: entry["rank"] for entry in entries}


@pytest.mark.parametrize("year", YEARS)
async def test_every_published_rank_of_a_year_is_found_by_every_read(call: Calls, year: str) -> None:
    # given a year's board
    path, published = await load(call, year)

    # when it is read by pages, then every published rank is there, in order
    entries: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = (await call("GET", f"{path}/entries?limit=100" + (f"&cursor={quote(cursor)}" if cursor else ""))).json
        entries += page["entries"]
        cursor = page["next"]
    assert ranks(entries) == published
    assert [entry["rank"] for entry in entries] == sorted(published.values())
    assert page["total"] == len(published)

    # and by lookup
    found = (await call("POST", f"{path}/entries/lookup", {"members": list(published)})).json
    assert (ranks(found["entries"]), found["missing"]) == (published, [])
    assert [entry["position"] for entry in found["entries"]] == list(range(1, len(published) + 1))

    # and by each contestant's own entry, and by the rows around it
    for member, rank in published.items():
        own = f"{path}/entries/{quote(member, safe='')}"
        assert (await call("GET", own)).json["rank"] == rank
        around = ranks((await call("GET", own + "/around?size=5")).json["entries"])
        assert around == {neighbour: published[neighbour] for neighbour in around}
        assert around[member] == rank


async def test_a_result_sent_again_is_placed_at_its_published_rank(call: Calls) -> None:
    # given a year's board
    path, published = await load(call, "1985")

    # when each result is sent once more
    again = [{"member": member_of(result), "score": int(result["score"])} for result in YEARS["1985"]]
    placings = (await call("POST", path + "/scores", again)).json

    # then nothing changes, and each is told its published rank
    assert not any(placing["changed"] for placing in placings)
    assert ranks(placings) == published


async def test_a_jump_to_a_published_rank_starts_with_it(call: Calls) -> None:
    # given a year's board, almost everyone tied
    path, published = await load(call, "2013")

    # when a page is asked from a rank, then it starts at the first entry of at least that rank
    for rank in sorted({1, 2, *list(published.values())[::40], max(published.values())}):
        page = (await call("GET", f"{path}/entries?limit=3&rank={rank}")).json
        assert page["entries"][0]["rank"] == min(held for held in published.values() if held >= rank)
