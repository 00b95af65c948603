"""Cells of CSV that a spreadsheet would run as a formula, and their way there and back.

Players choose their names, and `=HYPERLINK(...)` is a name like any other until a spreadsheet opens the file. Text
that begins like a formula is written with an apostrophe before it; reading takes one apostrophe away again where
such text follows, so that what was exported comes back as it was.
"""

_OPENINGS = ("=", "+", "-", "@", "\t", "\r", "'")


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_OPENINGS) else text


def unguarded(cell: str) -> str:
    """The text that `guarded` was given; a cell that it did not make stays as it is."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_OPENINGS) else cell
