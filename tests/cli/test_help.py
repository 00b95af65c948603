"""Every command teaches: a sentence, and an example that begins with `rankd` and its own name."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from rankd.cli.root import app


def commands(command: Any, *names: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield names, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, *names, name)


TERMINAL_COLUMNS = 80
TREE = list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize(("names", "command"), TREE, ids=[" ".join(names) or "rankd" for names, _ in TREE])
def test_help_has_an_example_and_explains_every_option(names: tuple[str, ...], command: Any) -> None:
    answer = CliRunner().invoke(app, [*names, "--help"])

    assert answer.exit_code == 0
    _, _, examples = answer.output.partition("Examples:")
    assert " ".join(["rankd", *names]) in examples
    assert not re.search("[\u2600-\u27bf\U0001f000-\U0001faff]", answer.output), "rich took a :word: for an emoji"
    unexplained = [parameter.name for parameter in command.params if not parameter.help]
    assert unexplained == []
    assert all(len(line) <= TERMINAL_COLUMNS - 2 for line in command.help.partition("\n\n")[2].splitlines())


LEAVES = [names for names, command in TREE if not hasattr(command, "commands")]


@pytest.mark.parametrize("names", LEAVES, ids=" ".join)
def test_every_example_is_accepted_by_its_command(names: tuple[str, ...]) -> None:
    command = dict(TREE)[names]
    start = " ".join(["rankd", *names])
    examples = [line.strip() for line in command.help.splitlines() if line.strip().startswith(start)]

    for example in examples:
        words = shlex.split(re.split(r" [<|] ", example)[0])[1 + len(names) :]
        command.make_context(start, [word for word in words if word != "<"])

    assert examples


def test_help_needs_neither_the_settings_nor_the_http_client() -> None:
    program = (
        "import sys\nfrom rankd.cli.root import app\n"
        "try:\n    app(['--help'], prog_name='rankd')\nexcept SystemExit:\n    pass\n"
        "foreign = ('httpx2', 'pydantic_settings', 'uvicorn', 'redis', 'cronsim')\n"
        "print([name for name in foreign if name in sys.modules])"
    )

    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert output.splitlines()[-1] == "[]"


def test_the_default_data_directory_is_the_one_of_the_settings() -> None:
    from pathlib import Path

    from rankd.cli.connection import DEFAULT_DATA_DIR
    from rankd.settings import default_data_dir

    assert Path(DEFAULT_DATA_DIR).expanduser() == default_data_dir()


@pytest.mark.parametrize("option", ["--version", "version"])
def test_version(option: str) -> None:
    from rankd import __version__

    assert CliRunner().invoke(app, [option]).output == f"rankd {__version__}\n"
