"""Tables that people work on: what strangers hand in is read as text, and what we hand out is
text that no spreadsheet takes for a formula."""

from smsplatform.core.tables.errors import TableRefused
from smsplatform.core.tables.reading import read
from smsplatform.core.tables.writing import neutral, write_csv, write_workbook

__all__ = ["TableRefused", "neutral", "read", "write_csv", "write_workbook"]
