"""Bans: what a project does with a member's submissions, on some boards or on all."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rankd.domain.submissions import BoardId

BanMode = Literal["hide", "block"]


class Ban(BaseModel):
    """`hide` takes the member's entries out of every order, and shows them to itself alone; `block` takes no more
    submissions and leaves what stands."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    mode: BanMode
    boards: list[BoardId] | None = Field(
        None, min_length=1, max_length=1000, description="on these boards; left out, on all, also those made later"
    )

    def mode_on(self, board_id: str) -> BanMode | None:
        """What it means for a board; nothing where that is not among its own."""
        return self.mode if self.boards is None or board_id in self.boards else None

    @classmethod
    def from_text(cls, text: bytes) -> "Ban":
        return cls.model_validate_json(text)

    @property
    def text(self) -> bytes:
        return self.model_dump_json(exclude_none=True).encode()
