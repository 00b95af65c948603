"""The shim as a shared object, compiled once a test run. Where it cannot be, tests are skipped, and fail in CI."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("shim.c")
FLAGS = ("-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror")
LIBRARIES = ("-ldl",)  # part of the C library itself since glibc 2.34


def require_compiler() -> str:
    """The C compiler; a test is skipped without one, and fails where CI=true."""
    found = shutil.which("gcc") or shutil.which("cc")
    if sys.platform == "linux" and found:
        return found
    reason = "clocks are moved by LD_PRELOAD, on Linux" if found else "no C compiler (gcc) on this machine"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason + ", and CI=true", pytrace=False)
    pytest.skip(reason)


@cache
def shim() -> Path:
    """The shared object to preload. It is gone when the test run ends."""
    compiler = require_compiler()
    directory = Path(tempfile.mkdtemp(prefix="rankd-shim-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    made = directory / "clock.so"
    done = subprocess.run(
        [compiler, *FLAGS, "-o", made, SOURCE, *LIBRARIES], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return made
