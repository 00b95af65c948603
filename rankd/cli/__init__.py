"""The `rankd` command: parses, calls the HTTP API or starts the server, prints.

One command group a file. Starting fast is part of the job: settings, uvicorn and the HTTP client are
imported by the commands that need them, never by `--help`.
"""

import io
import sys

from rankd.cli.root import app


def main() -> None:
    """The console entry point."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name the terminal's encoding lacks is shown escaped, not as a traceback.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="rankd")
