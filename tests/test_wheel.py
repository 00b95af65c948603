"""What is installed is whole: the wheel carries scripts and sample, and works without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    return next(folder.glob("rankd-*.whl"))


def test_the_wheel_carries_every_script_and_the_sample(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"rankd/lua/{path.relative_to(ROOT / 'lua')}" for path in (ROOT / "lua").rglob("*.lua")}
    assert wanted <= held
    assert {"rankd/sample/imo_results.csv", "rankd/sample/README.md"} <= held
    assert not [name for name in held if name.startswith(("tests/", "benchmarks/"))]


def test_the_installed_wheel_starts_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # given the wheel's files alone, before everything else on the path
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = (
        "import rankd, rankd.app, rankd.store.scripts as s; "
        "print(rankd.__file__, s.lua_folder(), len(s.load('submit').text))"
    )

    # when it is imported from elsewhere
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    # then all of it is the wheel's
    assert said[0].startswith(str(tmp_path))
    assert said[1].startswith(str(tmp_path))
