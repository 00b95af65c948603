"""Members for boards of several periods: fewer than a board of one period has, so that they meet in each."""

from hypothesis import strategies as st

from tests.model.strategies import MEMBERS as MANY_MEMBERS
from tests.model.strategies import parts

MEMBERS = [*MANY_MEMBERS[:3], *MANY_MEMBERS[6:8], MANY_MEMBERS[14]]
members = st.sampled_from(MEMBERS)
few_parts = parts.map(lambda part: (MEMBERS[MANY_MEMBERS.index(part[0]) % len(MEMBERS)], *part[1:]))
