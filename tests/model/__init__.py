"""Properties of the board, checked against a board that shares no code with it."""

import pytest

# They assert for the tests, and should say as much when they fail.
pytest.register_assert_rewrite(
    "tests.model.machine", "tests.model.reads", "tests.model.field_reads", "tests.model.field_values"
)
