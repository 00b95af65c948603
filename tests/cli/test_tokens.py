"""Player tokens, and what feeds boards, on the command line."""

from typing import Any

import httpx2
import pytest

from tests.cli.conftest import Run
from tests.cli.served import Served
from tests.cli.stand_in import Reply, StandIn


def test_a_token_is_made_and_voided(served: Served) -> None:
    # given a board for players, and a token of one
    served.run("board", "put", "arcade", "--player-submit")
    token = served.json("token", "create", "ada", "--ttl-s", "600")["token"]
    ada = {"Authorization": f"Bearer {token}"}

    def sends() -> int:
        body = {"member": "ada", "score": 4}
        return httpx2.post(f"{served.url}/v1/boards/arcade/scores", json=body, headers=ada).status_code

    # then it submits until it is voided
    assert sends() == 200
    assert served.run("token", "void", "--yes").exit_code == 0
    assert sends() == 401


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        (["--source", "kill:enemy:amount"], {"source": {"event": "kill:enemy", "score": "amount"}}),
        (["--source", "none"], {"source": None}),
        (["--player-submit"], {"player_submit": True}),
    ],
)
def test_settings_are_sent_as_they_are_given(
    run: Run, stand_in: StandIn, options: list[str], sent: dict[str, Any]
) -> None:
    stand_in.answer = lambda _seen: Reply(200, {"id": "b"})
    assert run("board", "patch", "b", *options).exit_code == 0
    assert stand_in.requests[0].document == sent


def test_a_source_that_names_no_value_is_refused_before_anything_is_sent(run: Run, stand_in: StandIn) -> None:
    assert run("board", "patch", "b", "--source", "kill").exit_code == 2
    assert stand_in.requests == []
