"""What operators answered: read from their table, looked at by staff, then applied once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from smsplatform.core import audit, tables
from smsplatform.core.errors import DomainError, fill
from smsplatform.core.files import names
from templates_app import states
from templates_app.models import FilingImport, SignatureFiling
from templates_app.services import filing, result_rows
from templates_app.services.result_rows import PROBLEMS, Columns, Reader, Row, Unclear
from templates_app.states import FilingState, ImportState

MOST_ROWS = 20_000
_LONGEST_NOTE = 200
_LONGEST_SEEN = 60


class ColumnsMissing(DomainError):
    code = "columns_missing"
    status = 422
    message = _(
        "The first row must name the columns: the result, and our reference or the signature."
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What a row would do: `moves` unless it is so already, or its state does not lead there."""

    number: int
    filing: SignatureFiling
    state: str
    reason: str
    note: str

    @property
    def moves(self) -> bool:
        return self.state in states.FILING.table[self.filing.state]

    @property
    def is_so(self) -> bool:
        return self.filing.state == self.state

    @property
    def state_label(self) -> str:
        return str(FilingState(self.state).label)


@dataclass(frozen=True, slots=True)
class Problem:
    number: int
    sentence: str


def read(*, operator: str, file: IO[bytes], name: str, by: User, now: datetime) -> FilingImport:
    """Understands the table, and changes nothing. Raises TableRefused and ColumnsMissing."""
    numbered = enumerate(tables.read(file, name=name, most_rows=MOST_ROWS + 1), start=1)
    filled = [(number, cells) for number, cells in numbered if cells]
    known = _columns(filled[0][1] if filled else [])
    rows = [result_rows.row(number, cells, known) for number, cells in filled[1:]]
    understood, problems = _understand(operator, rows)
    file.seek(0)
    return FilingImport.objects.create(
        operator=operator,
        name=names.shown(name),
        digest=sha256(file.read()).hexdigest(),
        rows=understood,
        problems=problems,
        created_by=by,
        created_at=now,
    )


def changes(imported: FilingImport, *, start: int, end: int) -> list[Change]:
    """Some of its rows beside what the filings are now, in two queries at most."""
    some = imported.rows[start:end]
    ids = [row[1] for row in some]
    found = SignatureFiling.objects.select_related("signature__account").in_bulk(ids)
    return [
        Change(number, found[filing_id], state, reason, note)
        for number, filing_id, state, reason, note in some
        if filing_id in found
    ]


def effect(imported: FilingImport) -> Counter[str]:
    """How many rows would move their filing, are so already, or do not lead there."""
    ids = [row[1] for row in imported.rows]
    now_in = dict(SignatureFiling.objects.filter(pk__in=ids).values_list("pk", "state"))
    return Counter(_kind(now_in.get(row[1], ""), row[2]) for row in imported.rows)


def problems(imported: FilingImport, *, start: int, end: int) -> list[Problem]:
    return [
        Problem(number, fill(PROBLEMS[code], {"seen": seen}))
        for number, code, seen in imported.problems[start:end]
    ]


def apply(*, imported: FilingImport, by: User, now: datetime) -> int:
    """How many filings moved; none when it was applied before."""
    with transaction.atomic():
        mine = FilingImport.objects.filter(pk=imported.pk)
        if not mine.advance(ImportState.APPLIED, applied_at=now):
            return 0
        groups = defaultdict(list)
        for _number, filing_id, state, reason, note in imported.rows:
            groups[state, reason, note].append(filing_id)
        moved = [
            pk
            for (state, reason, note), ids in groups.items()
            for pk in filing.record(filing_ids=ids, state=state, reason=reason, note=note, now=now)
        ]
        mine.update(moved=len(moved))
        audit.record(
            actor=f"user:{by.pk}",
            action="filing.results_applied",
            target=f"templates_app.filingimport:{imported.pk}",
            now=now,
            facts={"operator": imported.operator, "filings": moved},
        )
    return len(moved)


def _kind(current: str, state: str) -> str:
    if current == state:
        return "so"
    return "moves" if state in states.FILING.table.get(current, ()) else "stays"


def _columns(header: Sequence[str]) -> Columns:
    known = result_rows.columns(header)
    if "result" not in known or not {"reference", "signature"} & known.keys():
        raise ColumnsMissing
    return known


def _understand(
    operator: str, rows: Sequence[Row]
) -> tuple[list[list[object]], list[list[object]]]:
    reader = Reader(operator, rows)
    understood: dict[int, list[object]] = {}
    unclear: list[list[object]] = []
    for row in rows:
        try:
            state, one = reader.state(row), reader.filing(row)
            if one.pk in understood:
                raise Unclear("named_twice", one.signature.text)
        except Unclear as problem:
            code, seen = problem.args
            unclear.append([row.number, code, seen[:_LONGEST_SEEN]])
        else:
            note = row.reason[:_LONGEST_NOTE]
            understood[one.pk] = [row.number, one.pk, state, reader.reason(row), note]
    return list(understood.values()), unclear
