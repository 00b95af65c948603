"""Teams on the command line."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.served import Served
from tests.cli.stand_in import Reply, StandIn


def test_a_league_of_teams_from_the_terminal(served: Served, tmp_path: Path) -> None:
    # given a board with teams, scores sent one by one, and more of them imported
    served.run("board", "put", "league", "--teams", "--team-moves", "--decimals", "1")
    for member, score, team in [("ada", "50", "red"), ("bob", "30", "red"), ("eve", "20", "blue")]:
        assert served.run("submit", "league", member, score, "--team", team).exit_code == 0
    assert served.run("submit", "league", "zoe", "90").exit_code == 0
    rows = tmp_path / "rows.csv"
    rows.write_text("member,score,team\nada,10,blue\nkim,5,red\nmax,1,\n")
    assert served.run("import", "league", str(rows)).exit_code == 0

    # then teams stand by what their members brought, and members are shown with their team
    teams = served.run("top", "league", "--teams").stdout.splitlines()
    assert [line.split()[:3] for line in teams[1:3]] == [["1", "8.0", "blue"], ["2", "3.5", "red"]]
    shown = served.run("top", "league").stdout.splitlines()
    assert shown[0].split() == ["RANK", "SCORE", "MEMBER", "TEAM"]
    assert [line.split()[2:] for line in shown[1:4]] == [["zoe"], ["ada", "blue"], ["bob", "red"]]
    assert served.json("rank", "league", "red", "--teams")["rank"] == 2
    assert served.json("rank", "league", "ada")["team"] == "blue"
    around = served.json("around", "league", "blue", "--teams", "--size", "1")
    assert [entry["member"] for entry in around["entries"]] == ["blue"]


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        (["--teams"], {"member_types": ["user", "team"]}),
        (["--no-teams"], {"member_types": ["user"]}),
        (["--team-update", "best", "--no-team-moves"], {"team_update": "best", "team_moves": False}),
    ],
)
def test_settings_of_teams_are_sent_as_they_are_given(
    run: Run, stand_in: StandIn, options: list[str], sent: dict[str, Any]
) -> None:
    stand_in.answer = lambda _seen: Reply(200, {"id": "b"})
    assert run("board", "patch", "b", *options).exit_code == 0
    assert stand_in.requests[0].document == sent
