"""Fixtures of the command's tests: run it in this process, against a stand-in server."""

import re
from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from rankd.cli.root import app
from tests.cli.served import Served
from tests.cli.stand_in import StandIn, running_stand_in

KEY = "rk_test_" + "s" * 40
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the person at the keyboard has set does not matter here."""
    for name in ("RANKD_URL", "RANKD_KEY", "RANKD_DATA_DIR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with running_stand_in() as server:
        yield server


@pytest.fixture
def run(stand_in: StandIn) -> Run:
    """`run("top", "b")`: the command with URL and key of the stand-in."""

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        env = {"RANKD_URL": stand_in.url, "RANKD_KEY": KEY}
        return CliRunner().invoke(app, list(arguments), input=stdin, env=env)

    return invoke


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with its sample board, for the tests of a module."""
    served = Served(tmp_path_factory.mktemp("rankd") / "it's data")
    try:
        yield served
    finally:
        assert served.stop() == 0


@pytest.fixture
def board(served: Served, request: pytest.FixtureRequest) -> str:
    """An empty board of its own for each test."""
    name = re.sub(r"\W", "-", request.node.name)
    assert served.run("board", "put", name).exit_code == 0
    return name
