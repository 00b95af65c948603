"""What the tests of fields draw: declarations, few values of each type, so that entries share them, and how values
travel."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.model.strategies import MEMBERS, members, metadata, scores
from tests.oracle_fields import Declared

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

VALUES: dict[str, list[Any]] = {
    "string": ["FR", "F", "", "FR:1", "é", "🏁", "\U0010ffff", " "],
    "integer": [0, -1, 1, 2**53 + 1, 2**63 - 1, -(2**63)],
    "number": [0.0, -0.0, 1.5, -1.5, 5e-324, -1e308, 1.7976931348623157e308],
    "boolean": [True, False],
    "date": [0, -1, 1_764_000_000_123_000, 32_503_679_999_000_000, -30_000_000_000_000_000],
}
# Each name with the types it is declared with; one of them changes its type.
KINDS = {"land": ["string"], "mods": ["string"], "time_ms": ["integer"], "luck": ["number", "integer"],
         "hard": ["boolean"], "since": ["date"]}  # fmt: skip
ranked = st.sampled_from([None, None, "asc", "desc"])


@st.composite
def declarations(draw: st.DrawFn) -> tuple[Declared, ...]:
    """Most of the fields, in any order, with flags of their own."""
    left_out = draw(st.sampled_from([None, None, *KINDS]))
    names = [name for name in draw(st.permutations(sorted(KINDS))) if name != left_out]
    return tuple(
        Declared(name, draw(st.sampled_from(KINDS[name])), draw(st.booleans()), draw(ranked)) for name in names
    )


# What a submission says of fields: numbers of values, since a field's type may change; None removes.
Wishes = dict[str, int | None]
wishes: st.SearchStrategy[Wishes] = st.fixed_dictionaries(
    {}, optional={name: st.none() | st.integers(0, 7) for name in KINDS}
)
parts = st.tuples(members, st.lists(scores, min_size=5, max_size=5), st.integers(0, 15), metadata)
field_parts = st.tuples(parts, st.none() | wishes)


def likely_parts(chance: Random, count: int) -> list[tuple[Any, ...]]:
    """Parts of submissions that share scores and values often, as drawn ones do too seldom: ties within segments are
    what goes wrong."""
    return [
        (
            (
                chance.choice(MEMBERS),
                [chance.choice([0, 1, 1, 2]), *chance.choice([[0] * 4, [0] * 4, [1] * 4])],
                15,
                None,
            ),
            {name: chance.choice([None, 0, 0, 0, 0, 1, 1, 2]) for name in KINDS if chance.random() < 3 / 4},
        )
        for _ in range(count)
    ]


def value_of(one: Declared, number: int) -> Any:
    known = VALUES[one.type]
    return known[number % len(known)]


def granted(declared: dict[str, Declared], drawn: Wishes | None) -> dict[str, Any] | None:
    """Of drawn values those of fields that are declared, each of its type."""
    if drawn is None:
        return None
    return {
        name: None if number is None else value_of(declared[name], number)
        for name, number in drawn.items()
        if name in declared
    }


def sent(declared: dict[str, Declared], given: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON bodies have them."""
    return {
        name: instant(value) if value is not None and declared[name].type == "date" else value
        for name, value in given.items()
    }


def asked_text(declared: dict[str, Declared], name: str, value: Any) -> str:
    """FIELD:VALUE as queries have it."""
    if declared[name].type == "boolean":
        return f"{name}:{str(value).lower()}"
    return f"{name}:{instant(value) if declared[name].type == 'date' else value}"


def instant(at_us: int) -> str:
    return (EPOCH + timedelta(microseconds=at_us)).isoformat()


def taken(declared: dict[str, Declared], shown: dict[str, Any]) -> dict[str, Any]:
    """Answered values as the oracle has them; also asserts their JSON types."""
    return {name: one_taken(declared[name], value) for name, value in shown.items()}


def one_taken(declared: Declared, value: Any) -> Any:
    python_type = {"string": str, "date": str, "integer": int, "number": float, "boolean": bool}[declared.type]
    assert type(value) is python_type, (declared, value)
    if declared.type != "date":
        return value
    return (datetime.fromisoformat(value) - EPOCH) // timedelta(microseconds=1)
