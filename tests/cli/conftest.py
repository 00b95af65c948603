"""Fixtures of the command's tests: run it in this process, against a stand-in server."""

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from rankd.cli.root import app
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
