"""Colours and bars are for terminals: never in a pipe, never where NO_COLOR is set."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import KEY
from tests.cli.stand_in import Reply, StandIn

PAGE = {"board": "b", "total": 1, "entries": [{"rank": 1, "member": "ada", "score": 7, "subscores": {}}]}
ESCAPE = "\x1b["


def on_terminal(*arguments: str, **environment: str) -> str:
    """What the command writes to a terminal of its own, stdout and stderr together."""
    controller, terminal = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    with subprocess.Popen(
        [sys.executable, "-m", "rankd", *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**kept, "TERM": "xterm-256color", "COLUMNS": "80", **environment},
    ) as child:
        os.close(terminal)
        chunks = []
        try:
            while chunk := os.read(controller, 65_536):
                chunks.append(chunk)
        except OSError:  # Linux ends a closed terminal so
            pass
        finally:
            os.close(controller)
        child.wait(10)
    return b"".join(chunks).decode()


def test_a_table_is_coloured_on_a_terminal_only(stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=PAGE)
    command = ["top", "b", "--url", stand_in.url, "--key", KEY]

    piped = subprocess.run([sys.executable, "-m", "rankd", *command], capture_output=True, text=True, check=True)

    assert ESCAPE in on_terminal(*command)
    assert ESCAPE not in on_terminal(*command, NO_COLOR="1")
    assert ESCAPE not in piped.stdout + piped.stderr


def test_remarks_on_boundaries_are_coloured_on_a_terminal_only() -> None:
    command = ["board", "next", "--period", "monthly", "--reset-day", "31", "--from", "2027-02-01", "--count", "1"]

    piped = subprocess.run([sys.executable, "-m", "rankd", *command], capture_output=True, text=True, check=True)

    assert f"{ESCAPE}33m  ! February" in on_terminal(*command)
    assert ESCAPE not in on_terminal(*command, NO_COLOR="1")
    assert ESCAPE not in piped.stdout + piped.stderr


def test_an_import_shows_a_bar_on_a_terminal(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answer = lambda seen: Reply(document=[{"changed": True} for _ in seen.document])
    (tmp_path / "s.ndjson").write_text('{"member":"a","score":1}\n')

    shown = on_terminal("import", "b", str(tmp_path / "s.ndjson"), "--url", stand_in.url, "--key", KEY)

    assert "━" in shown
    assert "1 row: 1 taken" in shown
