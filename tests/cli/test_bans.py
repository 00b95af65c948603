"""`rankd member ban`, `unban` and `erase`."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.served import Served
from tests.cli.stand_in import Reply, StandIn

RECEIPT = {"id": "er_1", "erased_at": "2026-11-22T09:00:00Z", "boards": 2, "entries": 5, "days": 0}


def test_a_member_is_banned_restored_and_erased(served: Served) -> None:
    # given a member with an id that has to be encoded, first on a board
    served.run("board", "put", "cheats")
    for member, score in (("zoë/1", 9), ("bob", 1)):
        assert served.run("submit", "cheats", member, str(score)).exit_code == 0

    # when it is banned there, it is not in the table, and lifted it is first again
    banned = served.json("member", "ban", "zoë/1", "--board", "cheats")
    assert banned == {"member": "zoë/1", "mode": "hide", "boards": ["cheats"]}
    assert "zoë/1" not in served.run("top", "cheats").stdout
    assert served.json("member", "unban", "zoë/1") == {"member": "zoë/1", "banned": False}
    assert served.run("top", "cheats").stdout.splitlines()[1].split() == ["1", "9", "zoë/1"]

    # then an erasure needs a yes, and tells what it found
    refused = served.run("member", "erase", "zoë/1")
    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    receipt = served.json("member", "erase", "zoë/1", "--yes")
    assert (receipt["boards"], receipt["entries"]) == (1, 1)
    assert "zoë/1" not in served.run("top", "cheats").stdout


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ([], {"mode": "hide"}),
        (["--mode", "block"], {"mode": "block"}),
        (["--board", "a", "--board", "b"], {"mode": "hide", "boards": ["a", "b"]}),
    ],
)
def test_a_ban_is_sent_as_it_is_given(run: Run, stand_in: StandIn, options: list[str], sent: dict[str, Any]) -> None:
    stand_in.answer = lambda _seen: Reply(200, {"member": "ada", **sent})
    assert run("member", "ban", "ada", *options).exit_code == 0
    assert [(seen.method, seen.path, seen.document) for seen in stand_in.requests] == [
        ("PUT", "/v1/members/ada/ban", sent)
    ]


def test_a_mode_that_is_none_is_a_usage_error(run: Run, stand_in: StandIn) -> None:
    assert run("member", "ban", "ada", "--mode", "shadow").exit_code == 2
    assert stand_in.requests == []


def test_an_erasure_shows_its_receipt(run: Run, stand_in: StandIn) -> None:
    # given a server that answers with a receipt
    def answer(seen: Any) -> Reply:
        return (
            Reply(200, RECEIPT) if seen.method == "GET" else Reply(204, headers={"Erasure-Receipt": "er_1"}, text=b"")
        )

    stand_in.answer = answer

    # when a member is erased, for people and for machines
    shown, machine = run("member", "erase", "ada", "--yes"), run("member", "erase", "ada", "--yes", "--json")

    # then both show it
    assert ["entries", "5"] in [line.split() for line in shown.stdout.splitlines()]
    assert json.loads(machine.stdout) == RECEIPT
    asked = [(seen.method, seen.path) for seen in stand_in.requests[:2]]
    assert asked == [("DELETE", "/v1/members/ada"), ("GET", "/v1/erasures/er_1")]
