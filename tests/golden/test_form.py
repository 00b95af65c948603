"""The comparison of bodies can fail."""

import pytest

from tests.golden.form import compared


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ('{"a": 1}', '{"a": 1.0}'),
        ('{"a": 1}', '{"a": true}'),
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ('{"a": 1, "b": null}', '{"a": 1}'),
        ("[1, 2]", "[1]"),
        ('{"at": "<instant>"}', '{"at": "2026-11-22T10:00:00"}'),
        ('{"id": "<base64>"}', '{"id": "..."}'),
        ("endpoint-valid", '"endpoint-valid"'),
        ("plain", "plain\n"),
        ("[]", "none"),
    ],
)
def test_what_differs_is_told(wanted: str, given: str) -> None:
    assert list(compared(wanted, given))


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ('{"a": [1, null]}', '{"a":[1,null]}'),
        ('{"at": "<instant>", "x": "<any>"}', '{"at": "2026-11-22T10:00:00-08:00", "x": null}'),
        ("endpoint-valid", "endpoint-valid"),
    ],
)
def test_what_agrees_is_not(wanted: str, given: str) -> None:
    assert not list(compared(wanted, given))


def test_exact_bodies_are_compared_byte_for_byte() -> None:
    assert not list(compared("[]", "[]", is_exact=True))
    assert list(compared("[]", "[]\n", is_exact=True))
    assert list(compared("[1,2]", "[1, 2]", is_exact=True))
