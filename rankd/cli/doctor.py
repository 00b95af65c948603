"""`rankd doctor`: what stands in the way of a healthy server, and what to do about it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rankd.cli.output import Output, write
from rankd.cli.server_options import (
    DataDir,
    Durability,
    Host,
    MinReplicasAck,
    Port,
    RedisUrl,
    settings_of,
)
from rankd.cli.texts import clean

if TYPE_CHECKING:
    from rankd.doctor import Finding

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}

Json = Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")]


def register(app: typer.Typer, panel: str) -> None:
    """Adds the command."""
    app.command("doctor", rich_help_panel=panel)(doctor)


def doctor(  # noqa: PLR0913 - one parameter an option
    *,
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    redis_url: RedisUrl = None,
    durability: Durability = None,
    min_replicas_ack: MinReplicasAck = None,
    json: Json = False,
) -> None:
    """Check what `rankd serve` would run on, given the same options, and say how to mend it.

    Looks at the data directory, the port, the store and its settings; changes
    nothing. Ends with 1 if anything would keep the service from running.

    Examples:

      rankd doctor
      rankd doctor --data-dir ./data
      rankd doctor --redis-url redis://10.0.0.5:6379/0 --json
    """
    given = {
        "host": host,
        "port": port,
        "data_dir": data_dir,
        "redis_url": redis_url,
        "durability": durability,
        "min_replicas_ack": min_replicas_ack,
    }
    settings = settings_of(given)
    from rankd.doctor import examine  # noqa: PLC0415 - the store's side, which clients need not load

    findings = examine(settings)
    failed = any(finding.status == "fail" for finding in findings)
    if json:
        Output(machine=True).document({"ok": not failed, "findings": [asdict(each) for each in findings]})
    else:
        _print(findings)
    if failed:
        raise typer.Exit(1)


def _print(findings: "list[Finding]") -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        line = f"{finding.status:<4}  {finding.name:<{width}}  {clean(finding.detail)}"
        write(line, STYLES[finding.status])
        if finding.remedy:
            write(f"{'':<{width + 6}}  -> {clean(finding.remedy)}")
