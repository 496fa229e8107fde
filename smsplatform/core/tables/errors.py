"""Why a table is refused."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import DomainError

_SENTENCES = {
    "table_empty": _("The file is empty."),
    "table_too_large": _(
        "The file is larger than {megabytes} MB, or unpacks to far more than it seems; split it."
    ),
    "table_kind_unknown": _(
        "Only XLSX without a password and CSV are taken; save the table as one of them."
    ),
    "table_unreadable": _("The table cannot be read: it is broken, or cut off. Save it again."),
    "table_dangerous": _(
        "The file holds more than a table (macros, other files, links to other files or rules of"
        " its own). Copy the cells into a new file."
    ),
    "table_too_long": _("The table has more than {rows} rows; split it."),
    "table_too_wide": _("A row has more than {columns} columns."),
    "cell_too_long": _("A cell has more than {letters} characters."),
}


class TableRefused(DomainError):
    """Nothing of the file was used. Its `code` says which rule it broke."""

    code = "table_unreadable"
    status = 422

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.message = _SENTENCES[code]
        super().__init__(**facts)
