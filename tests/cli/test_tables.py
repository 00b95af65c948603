"""Tables stay aligned and harmless whatever a member is called."""

import unicodedata

from rich.cells import cell_len

from rankd.cli.tables import Column, lines
from rankd.cli.texts import as_json, clean

COLUMNS = [Column("RANK", right=True), Column("MEMBER", elastic=True), Column("SCORE", right=True)]
NAMES = [
    "ada",
    "李小龙",
    "مريم ميرزاخاني",
    "👩‍👩‍👧‍👦 family",
    "e\u0301lodie",
    "[bold red]x[/]",
    "x" * 256,
    "a\tb\x1b[31m",
    "",
]


def test_columns_stay_aligned_for_names_of_any_script() -> None:
    rows = [(i, name, 9_223_372_036_854_775_807) for i, name in enumerate(NAMES)]

    table = lines(COLUMNS, rows)

    assert len({cell_len(line) for line in table}) == 1
    assert all(line.endswith("9223372036854775807") for line in table[1:])


def test_a_piped_table_is_never_cut() -> None:
    assert "x" * 256 in lines(COLUMNS, [(1, "x" * 256, 1)])[1]


def test_a_narrow_terminal_shortens_the_name_and_not_the_numbers() -> None:
    table = lines(COLUMNS, [(1, "x" * 256, 12345)], room=40)

    assert max(map(cell_len, table)) <= 40
    assert "…" in table[1]
    assert table[1].endswith("12345")


def test_markup_is_shown_as_it_is() -> None:
    assert "[bold red]x[/]" in lines(COLUMNS, [(1, "[bold red]x[/]", 1)])[1]


def test_on_a_terminal_right_to_left_names_are_isolated_from_their_neighbours() -> None:
    name = "مريم"

    assert f"\u2068{name}\u2069" in lines(COLUMNS, [(1, name, 1)], room=80)[1]
    assert "\u2068" not in lines(COLUMNS, [(1, name, 1)])[1]


def test_nothing_a_terminal_obeys_is_printed() -> None:
    everything = "".join(chr(code) for code in range(0x11000))

    shown = clean(everything)

    assert {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"} == set()
    assert not set(shown) & set("\u202e\u2066\u200f\ufeff")
    assert clean("a\x1b[2J\u202eb") == "a\\x1b[2J\\u202eb"


def test_json_escapes_what_a_terminal_obeys_and_keeps_the_value() -> None:
    import json

    document = {"member": "\x9b\u202eé李\U000e0041", "score": 2**63 - 1}

    text = as_json(document)

    assert "\x9b" not in text and "\u202e" not in text
    assert "é李" in text
    assert json.loads(text) == document
