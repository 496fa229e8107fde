"""The child that unpacks one workbook from its input, with little memory and time.

It writes a line of JSON for each row, `{"refused": code}` where a rule is broken, and `{}` at the
end: without that line the file was not read to its end.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

from smsplatform.core.tables.archive import judge
from smsplatform.core.tables.bounds import (
    CPU_SECONDS,
    MEMORY_BYTES,
    Refused,
    bounded,
)


def rows(file: Any) -> Iterator[list[str]]:
    """Of its first visible sheet, whatever that says of its size."""
    with ZipFile(file) as archive:
        judge(archive)
    book = load_workbook(file, read_only=True, keep_links=False)
    sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
    if sheet is None:
        raise Refused("table_unreadable")
    sheet.reset_dimensions()
    for values in sheet.iter_rows(values_only=True):
        yield [_text(value) for value in values]


def _text(value: Any) -> str:
    """As it reads: a long number keeps its digits, a formula stays a formula, a day is a day."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time.min else value)
    if isinstance(value, str | int | float | date | time):
        return str(value)
    return f"={getattr(value, 'text', None) or ''}"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        for row in bounded(rows(sys.stdin.buffer), int(sys.argv[1])):
            sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.write("{}\n")
    except Refused as refusal:
        sys.stdout.write(json.dumps({"refused": refusal.args[0]}) + "\n")
    except MemoryError:
        sys.stdout.write(json.dumps({"refused": "table_too_large"}) + "\n")


if __name__ == "__main__":
    main()
