"""How large a table may be; what spreadsheets and people make stays far below.

Plain Python: the child that unpacks a workbook obeys it too.
"""

from collections.abc import Iterable, Iterator

MOST_BYTES = 10 * 1024 * 1024
MOST_COLUMNS = 64
# What one cell of a spreadsheet can hold.
MOST_LETTERS = 32_767
MOST_UNPACKED_BYTES = 100 * 1024 * 1024
MOST_RATIO = 100
MOST_PARTS = 200
MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 30

# With these a cell begins that a spreadsheet would carry out. A quote before them makes it text.
ACTING = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
QUOTE = "'"


class Refused(Exception):
    """The argument is the code of the rule."""


def bounded(rows: Iterable[list[str]], most_rows: int) -> Iterator[list[str]]:
    """Without the empty cells at their ends. Rows that are empty altogether come as empty lists,
    but for the last ones, which are neither counted nor given."""
    empty = given = 0
    for row in rows:
        cells = _trimmed(row)
        if not cells:
            empty += 1
            continue
        given += empty + 1
        if given > most_rows:
            raise Refused("table_too_long")
        for _number in range(empty):
            yield []
        empty = 0
        yield cells


def _trimmed(row: list[str]) -> list[str]:
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    if end > MOST_COLUMNS:
        raise Refused("table_too_wide")
    cells = row[:end]
    if any(len(cell) > MOST_LETTERS for cell in cells):
        raise Refused("cell_too_long")
    return cells
