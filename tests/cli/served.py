"""A running `rankd serve --sample`, and commands sent to it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from rankd.cli.root import app

START_S = 30


class Served:
    """A running `rankd serve --sample`: what it printed, and commands sent to it with its root key's file."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.lines: list[str] = []
        self.tried = threading.Event()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RANKD_")}
        options = ["--port", "0", "--data-dir", str(data_dir), "--sample"]
        self.child = subprocess.Popen(
            [sys.executable, "-m", "rankd", "serve", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**environment, "PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        if not self.tried.wait(START_S):
            self.stop()
            raise RuntimeError("rankd did not come up:\n" + "".join(self.lines))

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.lines.append(line)
            if line.startswith("Try:"):
                self.tried.set()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def url(self) -> str:
        found = re.search(r"http://[\d.]+:\d+", self.output)
        assert found
        return found.group()

    def stop(self) -> int:
        self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()
        finally:
            self._reader.join()
            assert self.child.stdout is not None
            self.child.stdout.close()

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        environment = {"RANKD_URL": self.url, "RANKD_DATA_DIR": str(self.data_dir), "RANKD_KEY": None}
        return CliRunner().invoke(app, list(arguments), input=stdin, env=environment)

    def json(self, *arguments: str, stdin: str | None = None) -> Any:
        end = arguments.index("--") if "--" in arguments else len(arguments)
        result = self.run(*arguments[:end], "--json", *arguments[end:], stdin=stdin)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)
