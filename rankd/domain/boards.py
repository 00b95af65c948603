"""A board's definition: what can be set, what of it reorders entries, and the layout it gives to keys."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from rankd.domain.fields import MAX_FIELDS, FieldRule
from rankd.domain.numbers import INT64_MAX, Instant, Int64
from rankd.domain.periods import MAX_LATE_S, TYPES, PeriodRule, RangeRule, ResetRule
from rankd.domain.zones import zone_of

Direction = Literal["asc", "desc"]
MemberType = Literal["user", "team"]
UpdateRule = Literal["best", "latest", "sum"]
RankStyle = Literal["unique", "competition", "dense"]

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ID_RULE = "1-128 characters of A-Z a-z 0-9 . _ -, starting with a letter or digit"
MAX_SUBSCORES = 4
MAX_ENTRIES_PER_MEMBER = 10_000
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
MAX_DECIMALS = 9
# To a place that the game knows.
RELATIVE_ADDRESS = re.compile(r"[^\s<>\":]+")


def _printable(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("control characters are not allowed")
    return text


def _printable_lines(text: str) -> str:
    _printable(text.replace("\n", " "))
    return text


Text = Annotated[str, AfterValidator(_printable)]
Lines = Annotated[str, AfterValidator(_printable_lines)]


class Subscore(BaseModel):
    """A further number that orders entries of equal score."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$", description="letters, digits, underscore")
    order: Direction = "desc"


class Source(BaseModel):
    """The named game events that feed a board, and the value of theirs that is its score."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    event: Text = Field(min_length=1, max_length=200, description="name of the event")
    score: Text = Field(min_length=1, max_length=100, description="the value of the event that is submitted")


class BoardSettings(BaseModel):
    """What a client sets on a board. PUT takes defaults for what is absent, PATCH keeps it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Text = Field("", max_length=200)
    names: dict[str, Text] = Field(default_factory=dict, max_length=100)
    description: Lines = Field("", max_length=2000)
    icon_url: str | None = Field(None, max_length=2000)
    enabled: bool = True
    order: Direction = "desc"
    update: UpdateRule = "best"
    tie_break: Literal["first", "last"] = "first"
    rank_style: RankStyle = "unique"
    subscores: list[Subscore] = Field(default_factory=list, max_length=MAX_SUBSCORES)
    fields: list[FieldRule] = Field(default_factory=list, max_length=MAX_FIELDS)
    unique: bool = Field(default=True, description="false: every submission is an entry of its own (arcade boards)")
    entries_per_member: int | None = Field(
        None, ge=1, le=MAX_ENTRIES_PER_MEMBER, description="of arcade boards: a member's worst entries beyond it leave"
    )
    max_step: Annotated[Int64, Field(ge=0, le=INT64_MAX)] | None = Field(
        None, description="a submission that would change a standing score by more is refused"
    )
    decimals: int = Field(0, ge=0, le=MAX_DECIMALS, description="how many of a score's last digits are its decimals")
    member_types: list[MemberType] = Field(
        default=["user"], min_length=1, max_length=2, description='["user", "team"]: submissions may name a team'
    )
    team_update: UpdateRule = Field("sum", description="what a submission that names a team does to the team's entry")
    team_moves: bool = Field(False, description="a member who changes team takes along what it brought")
    score_min: Int64 | None = Field(None, description="the least score that a submission may have")
    score_max: Int64 | None = Field(None, description="the greatest score that a submission may have")
    previous_scores: bool = Field(
        default=False, description="entries say what score they had before the last change in their period"
    )
    registered_only: bool = Field(default=False, description="takes scores of members that have a profile only")
    player_submit: bool = Field(default=False, description="player tokens may submit scores of their own member")
    timezone: str = Field("UTC", description="IANA name; boundaries are wall-clock times there")
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    late_s: int = Field(0, ge=0, le=MAX_LATE_S, description="seconds that a period takes late scores for")
    periods: list[PeriodRule] = Field(
        default_factory=lambda: [PeriodRule(type="all")], min_length=1, max_length=len(TYPES)
    )
    reset: ResetRule = ResetRule()
    ranges: RangeRule = RangeRule()
    source: Source | None = Field(None, description="events that are submitted to the board")

    # A change of these would reorder entries that are already there.
    ORDERING: ClassVar[tuple[str, ...]] = ("order", "subscores", "tie_break", "unique")

    @field_validator("subscores", "fields")
    @classmethod
    def _names_differ(cls, rules: list[Any], info: ValidationInfo) -> list[Any]:
        names = [rule.name for rule in rules]
        if len(set(names)) < len(names):
            raise ValueError(f"each {(info.field_name or '').removesuffix('s')} needs a name of its own")
        return rules

    @field_validator("entries_per_member")
    @classmethod
    def _of_arcade_boards(cls, most: int | None, info: ValidationInfo) -> int | None:
        if most is not None and info.data.get("unique"):
            raise ValueError("bounds the entries of arcade boards; it needs unique false")
        return most

    @field_validator("max_step")
    @classmethod
    def _of_one_entry(cls, step: int | None, info: ValidationInfo) -> int | None:
        if step is not None and info.data.get("unique") is False:
            raise ValueError("bounds how an entry's score changes, and with unique false it never does; leave it out")
        return step

    @field_validator("score_max")
    @classmethod
    def _not_below_the_least(cls, score_max: int | None, info: ValidationInfo) -> int | None:
        score_min = info.data.get("score_min")
        if score_min is not None and score_max is not None and score_max < score_min:
            raise ValueError("must not be less than score_min")
        return score_max

    @field_validator("member_types")
    @classmethod
    def _users_first(cls, types: list[MemberType]) -> list[MemberType]:
        if types not in (["user"], ["user", "team"]):
            raise ValueError('give ["user"] or ["user", "team"]')
        return types

    @field_validator("team_moves")
    @classmethod
    def _moves_sums(cls, moves: bool, info: ValidationInfo) -> bool:
        if moves and info.data.get("team_update") != "sum":
            raise ValueError("only what is added up can be taken along: it needs team_update sum")
        if moves and info.data.get("unique") is False:
            raise ValueError("what one entry brought is taken along; it needs unique true")
        return moves

    @property
    def has_teams(self) -> bool:
        return "team" in self.member_types

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        zone_of(name)
        return name

    @field_validator("ends_at")
    @classmethod
    def _after_the_start(cls, ends_at: datetime | None, info: ValidationInfo) -> datetime | None:
        starts_at = info.data.get("starts_at")
        if ends_at and starts_at and ends_at <= starts_at:
            raise ValueError("must be later than starts_at")
        return ends_at

    @field_validator("periods")
    @classmethod
    def _periods_fit(cls, periods: list[PeriodRule], info: ValidationInfo) -> list[PeriodRule]:
        types = [rule.type for rule in periods]
        if len(set(types)) < len(types):
            raise ValueError("each type comes once at most")
        bounds = ("starts_at", "ends_at")
        if "season" in types and not all(info.data.get(name, True) for name in bounds):
            raise ValueError("a season needs starts_at and ends_at")
        return periods

    @field_validator("names")
    @classmethod
    def _languages(cls, names: dict[str, str]) -> dict[str, str]:
        for language, name in names.items():
            if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", language):
                raise ValueError(f"{language!r} is not a language tag such as 'de' or 'pt-BR'")
            if len(name) > 200:  # noqa: PLR2004 the same bound as `name`
                raise ValueError("a name has at most 200 characters")
        return names

    @field_validator("icon_url")
    @classmethod
    def _http_url(cls, url: str | None) -> str | None:
        if url is not None and not WEB_ADDRESS.fullmatch(url) and not RELATIVE_ADDRESS.fullmatch(url):
            raise ValueError("give an http or https URL, or a relative one without a colon")
        return url


class Board(BoardSettings):
    """A board as it stands."""

    id: str
    created_at: datetime
    updated_at: datetime
    version: int

    def reorders(self, settings: BoardSettings) -> list[str]:
        """Which of the changed settings would reorder entries."""
        return [name for name in self.ORDERING if getattr(self, name) != getattr(settings, name)]
