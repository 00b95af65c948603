"""What the model tests draw from: few members, so that they meet again, scores that tie often, and the
values at the edges of a double's and an int64's range."""

from typing import Any

from hypothesis import strategies as st

from tests.oracle import INT64_MAX, INT64_MIN, Rules, Submission

MEMBERS = [
    "u1",
    "u2",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "0F8FAD5B-D9CB-469F-A165-70867728950E",  # another member: ids are never normalised
    "0f8fad5bd9cb469fa16570867728950e",
    "00000000-0000-0000-0000-000000000000",
    "a/b",
    "%2F",
    "..",
    "{}`:*?",
    "🏁",
    "Ame\u0301lie",  # decomposed
    "Am\u00e9lie",  # composed
    " u1 ",
    "around",
    "m" * 256,
]
ABSENT = ["nobody", "7c9e6679-7425-40de-944b-e07fc1f90ae7"]

EDGES = [
    edge + step
    for edge in (0, 2**53, -(2**53), 2**62, -(2**62), 2**63, -(2**63))
    for step in (-1, 0, 1)
    if INT64_MIN <= edge + step <= INT64_MAX
] + [2**53 + 2, 2**62 + 3, INT64_MAX - 1, INT64_MIN + 2]

scores = st.sampled_from([-1, 0, 1, 2, 7] * 4 + EDGES) | st.integers(INT64_MIN, INT64_MAX)
metadata = st.sampled_from([None, None, None, {"ship": "x"}, [1, "é\u2028"], "", 0, False, {}])
members = st.sampled_from(MEMBERS)
orders = st.sampled_from(["desc", "asc"])


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """One board's rules, with up to four subscores of either direction."""
    directions = draw(st.lists(orders, max_size=4))
    return Rules(
        order=draw(orders),
        update=draw(st.sampled_from(["best", "latest", "sum"])),
        tie_break=draw(st.sampled_from(["first", "last"])),
        rank_style=draw(st.sampled_from(["unique", "competition", "dense"])),
        subscores=tuple((f"s{index}", order) for index, order in enumerate(directions)),
    )


def build(rules: Rules, member: str, numbers: list[int], given: int, metadata: Any) -> Submission:
    """A submission from drawn parts; bits of `given` say which subscores are sent."""
    names = [name for name, _ in rules.subscores]
    subscores = {name: numbers[i + 1] for i, name in enumerate(names) if given >> i & 1}
    return Submission(member, numbers[0], subscores, metadata)


parts = st.tuples(members, st.lists(scores, min_size=5, max_size=5), st.integers(0, 15), metadata)
