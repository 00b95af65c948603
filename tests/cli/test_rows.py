"""A row that cannot be sent is found with its line, and never spoils its neighbours."""

import io
import json

import pytest

from rankd.cli.csv_rows import csv_rows
from rankd.cli.rows import MAX_ROW_BYTES, ndjson_rows

GOOD = b'{"member":"a","score":1}'


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[1]",
        b"7",
        b'{"member":"a","member":"b"}',
        b'{"score":NaN}',
        b'{"score":1e999}',
        b'{"score":' + b"9" * 5000 + b"}",
        b'{"member":"\\ud800"}',
        b'{"member":"\xff"}',
        b'{"metadata":' + b"[" * 16 + b"]" * 16 + b"}",
        b'{"metadata":' + b"[" * 9000 + b"]" * 9000 + b"}",
        b'{"metadata":"' + b"x" * MAX_ROW_BYTES + b'"}',
        b'{"metadata":"' + b"x" * MAX_ROW_BYTES * 3 + b'"}',
    ],
)
def test_an_unreadable_line_alone_is_faulty(line: bytes) -> None:
    rows = list(ndjson_rows(io.BytesIO(GOOD + b"\n" + line + b"\n" + GOOD)))

    assert [(row.line, bool(row.fault)) for row in rows] == [(1, False), (2, True), (3, False)]


def test_numbers_and_text_arrive_as_they_were() -> None:
    (row,) = ndjson_rows(io.BytesIO('\ufeff{"member":"é李","score":-9223372036854775808}'.encode()))

    assert json.loads(row.body) == {"member": "é李", "score": -(2**63)}


def test_csv_rows_are_judged_one_by_one() -> None:
    text = b'member,score,metadata\na,1,\n\xff,2,\nb,3\n"two\nlines",4,\nc,5,{\nd,6,7\n'

    rows = list(csv_rows(io.BytesIO(text)))

    assert [(row.line, bool(row.fault)) for row in rows] == [
        (2, False),
        (3, True),
        (4, True),
        (5, False),
        (7, True),
        (8, False),
    ]


def test_every_row_keeps_the_text_it_was_read_from() -> None:
    text = b'\xef\xbb\xbfmember,score\r\n"a\r\nb",1\r\n\xff,2\r\nlast'

    assert [row.text for row in csv_rows(io.BytesIO(text))] == [b'"a\r\nb",1', b"\xff,2", b"last"]
    assert [row.text for row in ndjson_rows(io.BytesIO(GOOD + b"\r\n{\xff\n"))] == [GOOD, b"{\xff"]
