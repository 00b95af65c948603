"""What feeds boards and who may submit to them, on the command line."""

from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.stand_in import Reply, StandIn


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
