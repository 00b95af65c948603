"""SCILL's published JavaScript client, unchanged but for the URL and key, plays a game against a running rankd."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import IN_CI
from tests.rankd_processes import RankdProcess, running_rankd

CLIENT = "@scillgame/scill-js@1.9.0"
GAME = Path(__file__).with_name("scill_game.cjs")
INSTALL_S = 120
PLAY_S = 60


def give_up(reason: str) -> None:
    if IN_CI:
        pytest.fail(reason + ", and CI=true", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def client_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the client and what it needs."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            give_up(f"{tool} is not installed (Debian: nodejs, npm)")
    folder = tmp_path_factory.mktemp("scill")
    options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    command = ["npm", "install", "--prefix", str(folder), *options, CLIENT]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        give_up(f"npm did not bring {CLIENT} in {INSTALL_S} s")
    if done.returncode != 0:
        give_up(f"npm cannot install {CLIENT}: {done.stderr[-500:]}")
    return folder


@pytest.fixture
def rankd(tmp_path: Path) -> Iterator[RankdProcess]:
    """A service with its embedded store, a board that events feed, and an empty one."""
    with (
        running_rankd(tmp_path, None) as process,
        httpx2.Client(base_url=process.url, headers=process.headers) as admin,
    ):
        kills = {"update": "sum", "member_types": ["user", "team"], "player_submit": True, "name": "Kills",
                 "names": {"de": "Treffer"}, "source": {"event": "kill-enemy", "score": "amount"}}  # fmt: skip
        assert admin.put("/v1/boards/kills", json=kills).status_code == 201
        assert admin.put("/v1/boards/empty", json={"name": "Empty"}).status_code == 201
        scores = [{"member": "eve", "score": 99}, {"member": "ü/ b", "score": 7}]
        assert admin.post("/v1/boards/kills/scores", json=scores).status_code == 200
        yield process


@pytest.fixture
def given(client_dir: Path, rankd: RankdProcess) -> Any:
    """What each call of the game gave."""
    with httpx2.Client(base_url=rankd.url, headers=rankd.headers) as admin:
        made = admin.post("/v1/projects/default/keys", json={"name": "game", "scopes": ["read", "write"]}).json()
    environment = {**os.environ, "NODE_PATH": str(client_dir / "node_modules"), "URL": rankd.url, "KEY": made["key"]}
    done = subprocess.run(
        ["node", str(GAME)], env=environment, capture_output=True, text=True, timeout=PLAY_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_whole_game_is_answered_as_its_client_expects(given: Any) -> None:
    ok = {"status": 200, "message": "OK"}
    user, team = {"member_type": "user"}, {"member_type": "team"}
    info = {"username": "Ada L.", "avatarImage": "avatar_07"}
    # the user and its info
    assert len(given["token"]["token"]) > 64
    assert given["no info"] == {"username": None, "avatarImage": None}
    assert given["set info"] == given["info"] == info
    # events: 5 twice, and a session that came to 12
    assert [given[name] for name in ("by key", "by token", "running 10", "running 12")] == [ok] * 4
    assert (given["another's"]["thrown"], given["another's"]["body"]["code"]) == (403, "PLAYER_REFUSED")
    assert given["no amount"]["thrown"] == 422
    assert "meta_data.amount" in given["no amount"]["body"]["message"]
    # leaderboards
    ada = {"member_id": "ada", **user, "score": 22, "rank": 2, "additional_info": info}
    eve = {"member_id": "eve", **user, "score": 99, "rank": 1, "additional_info": {}}
    last = {"member_id": "ü/ b", **user, "score": 7, "rank": 3, "additional_info": {}}
    red = {"member_id": "red", **team, "score": 22, "rank": 1, "additional_info": {}}
    counts = {"leaderboard_id": "kills", "num_users": 3, "num_teams": 1}
    assert given["board"] == {**counts, "name": "Treffer", "grouped_by_users": [eve, ada], "grouped_by_teams": [red]}
    assert given["second page"] == {**counts, "name": "Kills", "grouped_by_users": [last], "grouped_by_teams": []}
    empty = {"leaderboard_id": "empty", "name": "Empty", "num_users": 0, "num_teams": 0}
    assert given["boards"] == [
        {**empty, "grouped_by_users": [], "grouped_by_teams": []},
        {**counts, "name": "Kills", "grouped_by_users": [eve], "grouped_by_teams": [red]},
    ]
    assert given["ranking"] == {"leaderboard_id": "kills", "name": "Kills", "member": ada}
    assert given["odd id"]["member"] == last
    nowhere = {"member_id": "red", **team, "score": 0, "rank": -1, "additional_info": {}}
    assert given["rankings"] == [
        {"leaderboard_id": "empty", "name": "Empty", "member": nowhere},
        {"leaderboard_id": "kills", "name": "Kills", "member": red},
    ]
    # refusals
    assert (given["absent"]["thrown"], given["absent"]["body"]["code"]) == (404, "BOARD_NOT_FOUND")
    assert given["stranger"]["thrown"] == 403
