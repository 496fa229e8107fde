"""What the owner of an imported file is shown of it: what it means, and what is not understood."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.utils.translation import gettext as _

from messaging.models import Import, ImportRow
from messaging.services import columns
from messaging.services.importing import MOST_ROWS, ColumnsMissing
from messaging.states import ImportState
from smsplatform.core import tables
from smsplatform.core.tables.bounds import MOST_BYTES, MOST_COLUMNS, MOST_LETTERS

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is left out, and why; `column` as its file heads it."""

    line: int
    code: str
    field: str
    column: str
    reason: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """`columns` maps fields to headings. The first rows of each sort; two queries."""

    columns: Mapping[str, str]
    unused: Sequence[str]
    understood: Sequence[Mapping[str, Any]]
    refused: Sequence[Refused]


def preview(found: Import) -> Preview:
    places = columns.find(found.what, found.headings)
    used = set(places.values())
    good = found.rows.filter(problem="").order_by("line")[:_SHOWN]
    return Preview(
        columns={field: found.headings[place] for field, place in places.items()},
        unused=[head for place, head in enumerate(found.headings) if head and place not in used],
        understood=[{"line": row.line, **row.values} for row in good],
        refused=[_refused(row, found, places) for row in _wrong(found)[:_SHOWN]],
    )


def why(found: Import) -> str:
    """Why the whole file was refused; empty where it was not."""
    if found.state != ImportState.REFUSED:
        return ""
    if found.problem == ColumnsMissing.code:
        places = columns.find(found.what, found.headings)
        needed = columns.NEEDED[Import.What(found.what)]
        names = ", ".join(name for name in needed if name not in places)
        return ColumnsMissing(names=names).sentence()
    facts = {"rows": MOST_ROWS, "columns": MOST_COLUMNS, "letters": MOST_LETTERS}
    refusal = tables.TableRefused(found.problem, megabytes=MOST_BYTES // 1024**2, **facts)
    return refusal.sentence()


def report(found: Import) -> bytes:
    """Every row that is left out, as CSV: mended, it can be handed in again."""
    out = StringIO(newline="")
    tables.write_csv(
        out,
        header=[_("Line"), _("Column"), _("Why"), *found.headings],
        rows=_report_rows(found),
    )
    return out.getvalue().encode("utf-8-sig")


def _report_rows(found: Import) -> Iterator[list[str]]:
    places = columns.find(found.what, found.headings)
    for row in _wrong(found).iterator(chunk_size=2_000):
        one = _refused(row, found, places)
        yield [str(one.line), one.column, one.reason, *one.cells]


def _wrong(found: Import) -> Any:
    return found.rows.exclude(problem="").order_by("line")


def _refused(row: ImportRow, found: Import, places: Mapping[str, int]) -> Refused:
    place = places.get(row.field)
    column = found.headings[place] if place is not None else row.field
    reason = str(columns.PROBLEMS[row.problem])
    return Refused(row.line, row.problem, row.field, column, reason, row.values["cells"])
