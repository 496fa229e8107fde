"""Tables that we hand out: every cell is text, and none of it is carried out by who opens it."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from smsplatform.core.tables.bounds import ACTING, MOST_LETTERS, QUOTE

# XML knows no such characters, and no reader needs them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MOST_WIDTH = 60
_TEXT = "@"


def neutral(text: str) -> str:
    """Nothing that a spreadsheet would take for a formula; `read` gives the text back as it was."""
    plain = _CONTROLS.sub("", text)
    return f"{QUOTE}{plain}" if plain.startswith(ACTING) else plain


def write_csv(file: IO[str], *, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Open `file` as utf-8-sig with newline="": else spreadsheets misread Chinese."""
    out = csv.writer(file)
    out.writerow(map(neutral, header))
    out.writerows(map(neutral, row) for row in rows)


def write_workbook(
    file: IO[bytes],
    *,
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int] = (),
) -> None:
    """Row by row: however many there are, they are never all in memory."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(width, _MOST_WIDTH)
    sheet.append([_cell(sheet, text, is_bold=True) for text in header])
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])
    book.save(file)


def _cell(sheet: Any, text: str, *, is_bold: bool = False) -> Any:
    """Typed as text, so that long numbers keep their digits."""
    cell = WriteOnlyCell(sheet, neutral(text)[:MOST_LETTERS])
    cell.data_type = "s"
    cell.number_format = _TEXT
    if is_bold:
        cell.font = Font(bold=True)
    return cell
