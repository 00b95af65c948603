"""The text a profile is kept as."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rankd.domain.profiles import Profile, ProfileChanges

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
PROFILES = st.builds(
    Profile,
    name=WORDS,
    avatar_url=st.none() | st.just("https://example.org/a.png"),
    info=st.dictionaries(WORDS, VALUES, max_size=3),
)


@given(profile=PROFILES)
def test_a_profile_comes_back_from_its_text_as_it_was_sent(profile: Profile) -> None:
    assert Profile.from_text(profile.text) == profile
    assert json.loads(profile.text) == profile.model_dump()


@given(profile=PROFILES, other=PROFILES, names=st.sets(st.sampled_from(["name", "avatar_url", "info"])))
def test_changes_take_what_they_name_and_leave_the_rest(profile: Profile, other: Profile, names: set[str]) -> None:
    changes = ProfileChanges.model_validate(other.model_dump(include=names))
    expected = {**profile.model_dump(), **other.model_dump(include=names)}
    assert changes.over(profile).model_dump() == expected
