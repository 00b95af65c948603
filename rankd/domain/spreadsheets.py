"""CSV: what the columns of an export are called, and cells that a spreadsheet would run as a formula.

Players choose their names, and `=HYPERLINK(...)` is a name like any other until a spreadsheet opens the file. Text
that begins like a formula is written with an apostrophe before it; reading takes one apostrophe away again where
such text follows, so that what was exported comes back as it was.
"""

FIRST_COLUMNS, LAST_COLUMNS = ("rank", "member", "score"), ("metadata", "updated_at")
# Columns that no subscore is called by.
RESERVED = frozenset(
    {*FIRST_COLUMNS, *LAST_COLUMNS, "team", "fields", "entry_id", "achieved_at", "field_ranks", "profile", "reason"}
)
FIELD, SUBSCORE = "field.", "subscore."
_OPENINGS = ("=", "+", "-", "@", "\t", "\r", "'")


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_OPENINGS) else text


def unguarded(cell: str) -> str:
    """The text that a cell stands for; an apostrophe alone is the empty text, which is not the same as none."""
    return cell[1:] if cell == "'" or (cell.startswith("'") and cell[1:].startswith(_OPENINGS)) else cell


def subscore_column(name: str) -> str:
    """The column of a subscore: its name, unless that means another column."""
    return SUBSCORE + name if name in RESERVED else name


def subscore_of(column: str) -> str | None:
    """The subscore that a column holds, or None where it holds something else."""
    if column.startswith(SUBSCORE):
        return column.removeprefix(SUBSCORE)
    return None if column in RESERVED or column.startswith(FIELD) else column
