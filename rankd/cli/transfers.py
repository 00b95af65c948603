"""What of a board leaves it or comes back: the words that exports and restores share."""

from dataclasses import dataclass
from typing import Annotated

import typer

RetryFor = Annotated[
    float,
    typer.Option("--retry-for", metavar="SECONDS", min=0, help="How long to wait for a server that is away."),
]


@dataclass(frozen=True, slots=True)
class Transfer:
    """The entries of one period of a board, its first one where none is named, in a format."""

    board: str
    format: str = "ndjson"
    period: str | None = None
    member_type: str = "user"

    @property
    def params(self) -> dict[str, str]:
        kind = {} if self.member_type == "user" else {"member_type": self.member_type}
        return {"format": self.format, **kind, **({"period": self.period} if self.period else {})}
