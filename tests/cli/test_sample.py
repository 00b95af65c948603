"""The sample file becomes a board, and its loading can be repeated."""

import csv
import json
from collections import Counter
from importlib.resources import files

from rankd.cli.client import Client
from rankd.cli.sample_board import load, players
from tests.cli.conftest import KEY
from tests.cli.stand_in import Reply, Seen, StandIn, problem


def test_the_latest_year_is_taken_whole() -> None:
    year, submissions = players()

    with files("rankd.sample").joinpath("imo_results.csv").open(encoding="utf-8") as file:
        years = Counter(row["year"] for row in csv.DictReader(file))
    assert year == max(years)
    assert len({submission["member"] for submission in submissions}) == len(submissions) == years[year]


def test_a_board_that_is_there_keeps_its_settings(stand_in: StandIn) -> None:
    boards: dict[str, object] = {}

    def answer(seen: Seen) -> Reply:
        if seen.method == "GET" and not boards:
            return problem(404, "BOARD_NOT_FOUND", "none")
        if seen.method == "PUT":
            boards["imo"] = json.loads(seen.body)
        return Reply(document=[] if seen.method == "POST" else boards)

    stand_in.answer = answer
    with Client(stand_in.url, KEY) as client:
        load(client)
        load(client)

    assert [seen.method for seen in stand_in.requests] == ["GET", "PUT", "POST", "GET", "POST"]
    assert boards["imo"]["rank_style"] == "competition"
