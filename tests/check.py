"""The one check script: installs what it needs, then runs every check this project has.

    python3 tests/check.py            everything, about 10 minutes on two cores
    python3 tests/check.py --quick    no slow and no fault tests: the quicker half

Needs Python 3.11 or newer and nothing else; makes `.venv` beside the README unless a venv is active. With
CI=true a missing server or tool is a failure, and it is installed first where that is possible; elsewhere
what is missing is skipped with its reason.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI") == "true"
# Debian's names of what the tests use besides Python packages.
TOOLS = {
    "redis-server": "redis-server",
    "luacheck": "lua-check",
    "gcc": "gcc libc6-dev",
    "node": "nodejs",
    "npm": "npm",
}


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 this file is what an older Python is told by
        print("rankd needs Python 3.11 or newer; this is", sys.version.split()[0])
        return 1
    wanted = sys.argv[1:]
    if wanted in (["--help"], ["-h"]):
        print(__doc__)
        return 0
    if unknown := [word for word in wanted if word != "--quick"]:
        print(f"unknown: {' '.join(unknown)}\n\n{__doc__}")
        return 2
    os.chdir(ROOT)
    if sys.prefix == sys.base_prefix:
        return run_in_venv()
    if not run("install", sys.executable, "-m", "pip", "install", "-q", "-e", ".[test]"):
        return 1
    install_tools()
    if "--quick" in wanted:
        print("faults, slow tests: skipped, as --quick was given")
    else:
        print("everything takes about 10 minutes; see --help for less")
    failed = [name for name, *command in checks() if not run(name, *command)]
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall checks passed")
    return 1 if failed else 0


def run_in_venv() -> int:
    venv = ROOT / ".venv"
    python = venv / "bin" / "python"
    if not python.exists() and not run("venv", sys.executable, "-m", "venv", str(venv)):
        return 1
    return subprocess.run([python, __file__, *sys.argv[1:]], check=False).returncode


def install_tools() -> None:
    absent = [packages for tool, packages in TOOLS.items() if shutil.which(tool) is None]
    missing = [package for packages in absent for package in packages.split()]
    if missing and IN_CI and os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt update", "apt-get", "update", "-qq")
        run("apt install", "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


def checks() -> list[tuple[str, ...]]:
    """Name and command of each check, quick ones first."""
    scripts = Path(sys.executable).parent
    pytest = [sys.executable, "-m", "pytest", "-q"]
    found = [
        ("ruff", str(scripts / "ruff"), "check"),
        ("format", str(scripts / "ruff"), "format", "--check"),
        ("types", str(scripts / "mypy")),
        ("walls", str(scripts / "lint-imports")),
        ("tests", *pytest, "-n", "2", "-m", "not slow and not fault"),
    ]
    if "--quick" not in sys.argv:
        # What looks at times runs alone: nothing else may take the cores it needs.
        found.append(("faults", *pytest, "-n", "2", "-m", "fault and not alone"))
        found.append(("slow tests", *pytest, "-m", "slow or alone"))
    if shutil.which("luacheck"):
        found.insert(4, ("lua", sys.executable, "-m", "tests.lua_lint"))
    elif IN_CI:
        found.insert(4, ("lua", "luacheck", "--version"))
    else:
        print("lua: skipped, luacheck is not installed (Debian: lua-check)")
    return found


def run(name: str, *command: str) -> bool:
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    try:
        code = subprocess.run(command, check=False).returncode
    except FileNotFoundError:
        print(f"{command[0]} is not installed")
        code = 127
    print(f"== {name}: {'passed' if code == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main())
