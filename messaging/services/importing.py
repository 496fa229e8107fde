"""Files of numbers and consents: taken in, read by a task, looked at by their owner, applied by
groups. Nothing of a file counts before its owner says so, and then it counts once."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from messaging.models import Import, ImportFile, ImportRow, Suppression
from messaging.services import columns, consent, suppression
from messaging.services.columns import Reader, Wrong
from messaging.services.consent import NewConsent
from messaging.services.suppression import NewSuppression
from messaging.states import ImportState
from smsplatform.core import audit, bulk, ids, queue, tables
from smsplatform.core.errors import DomainError
from smsplatform.core.files import names
from smsplatform.core.tables.bounds import MOST_BYTES
from templates_app.models import Signature

MOST_ROWS = 100_000
# Files of an account that wait for a task, together.
MOST_UNDER_WAY = 3
KEPT = timedelta(days=30)
_GROUP = 2_000
_COPIED = 5_000
_UNDER_WAY = (ImportState.READING, ImportState.APPLYING)
# Of what was refused so much is kept for its owner to mend.
_SHOWN_CELLS, _SHOWN_LETTERS = 20, 200
_COLUMNS = ("owner_id", "line", "problem", "field", "values")


class ColumnsMissing(DomainError):
    code = "columns_missing"
    status = 422
    message = _("The first row must name the columns; there is none for: {names}.")


class TooManyImports(DomainError):
    code = "too_many_imports"
    status = 429
    message = _("{most} files are on their way already; wait until one is done.")


class NotReady(DomainError):
    code = "import_not_ready"
    status = 409
    message = _("This file is still being read, or was refused.")


def take_in(
    *, account: Account, what: str, content: bytes, name: str, by: str, now: datetime
) -> Import:
    """Refuses by TableRefused what is too large or nothing, and more by the task that reads it."""
    if not content:
        raise tables.TableRefused("table_empty")
    if len(content) > MOST_BYTES:
        raise tables.TableRefused("table_too_large", megabytes=MOST_BYTES // 1024**2)
    with transaction.atomic():
        _leave_room(account)
        made = Import.objects.create(
            id=ids.one(now),
            account=account,
            what=what,
            name=names.shown(name),
            created_by=by,
            created_at=now,
        )
        ImportFile.objects.create(owner=made, content=content)
        queue.enqueue("messaging.tasks.read_import", import_id=str(made.pk))
    return made


def read(*, import_id: UUID, now: datetime) -> None:
    """Again does nothing. All of it in one transaction: a file that is refused leaves no rows."""
    with transaction.atomic():
        found = _locked(import_id, ImportState.READING)
        if found is None:
            return
        facts: dict[str, Any] = {}
        try:
            with transaction.atomic():
                _read(found, now)
        except (tables.TableRefused, ColumnsMissing) as refusal:
            facts = {"problem": refusal.code, "headings": found.headings}
        state = ImportState.REFUSED if facts else ImportState.READY
        Import.objects.filter(pk=import_id).advance(state, **facts)
        ImportFile.objects.filter(owner=found).delete()


def apply(*, wanted: Import, by: str, now: datetime) -> None:
    """Again changes nothing. Raises NotReady."""
    with transaction.atomic():
        mine = Import.objects.filter(pk=wanted.pk)
        if mine.advance(ImportState.APPLYING):
            queue.enqueue("messaging.tasks.apply_import", import_id=str(wanted.pk))
            _note(wanted, f"{wanted.what}.import_applied", by, now)
        elif not mine.in_state(ImportState.APPLYING, ImportState.DONE).exists():
            raise NotReady


def step(*, import_id: UUID, now: datetime) -> bool:
    """A group of rows, and how far it is, in one transaction; False when nothing is left."""
    with transaction.atomic():
        found = _locked(import_id, ImportState.APPLYING)
        if found is None:
            return False
        good = found.rows.filter(problem="", line__gt=found.last_line).order_by("line")
        group = list(good[:_GROUP])
        added = _take(found, group, now) if group else 0
        Import.objects.filter(pk=import_id).update(
            applied=found.applied + len(group),
            added=found.added + added,
            last_line=group[-1].line if group else found.last_line,
        )
        is_last = len(group) < _GROUP
        if is_last:
            Import.objects.filter(pk=import_id).advance(ImportState.DONE, finished_at=now)
    return not is_last


def forget(*, now: datetime) -> int:
    """What was uploaded long ago: the register keeps what it took of it."""
    old = Import.objects.filter(created_at__lt=now - KEPT).exclude(state__in=_UNDER_WAY)
    ImportRow.objects.filter(owner__in=old).delete()
    return int(old.delete()[0])


def _leave_room(account: Account) -> None:
    """One at a time is counted."""
    Account.objects.select_for_update(no_key=True).filter(pk=account.pk).first()
    under_way = Import.objects.for_account(account).in_state(*_UNDER_WAY)
    if under_way.count() >= MOST_UNDER_WAY:
        raise TooManyImports(most=MOST_UNDER_WAY)


def _locked(import_id: UUID, state: ImportState) -> Import | None:
    rows = Import.objects.filter(pk=import_id, state=state).select_related("account")
    found: Import | None = rows.select_for_update(of=("self",), no_key=True).first()
    return found


def _read(found: Import, now: datetime) -> None:
    content = bytes(ImportFile.objects.get(owner=found).content)
    lines = enumerate(
        tables.read(BytesIO(content), name=found.name, most_rows=MOST_ROWS + 1), start=1
    )
    # The headings may stand below empty rows.
    found.headings = next((cells for _line, cells in lines if cells), [])
    places = columns.find(found.what, found.headings)
    lacking = [name for name in columns.NEEDED[Import.What(found.what)] if name not in places]
    if lacking:
        raise ColumnsMissing(names=", ".join(lacking))
    judged = _judged(_reader(found, places, now), lines)
    understood = refused = 0
    while group := list(islice(judged, _COPIED)):
        bulk.copy("messaging_importrow", _COLUMNS, [(found.pk, *row) for row in group])
        understood += sum(not row[1] for row in group)
        refused += sum(bool(row[1]) for row in group)
    Import.objects.filter(pk=found.pk).update(
        headings=found.headings, understood=understood, refused=refused
    )


def _reader(found: Import, places: dict[str, int], now: datetime) -> Reader:
    account = found.account
    texts = Signature.objects.for_account(account).values_list("text", "id")
    return Reader(found.what, places, account.country, account.timezone, dict(texts), now)


_Judged = tuple[int, str, str, str]


def _judged(reader: Reader, lines: Iterable[tuple[int, list[str]]]) -> Iterator[_Judged]:
    """Line, problem, column, and the values as JSON. Whoever suppresses twice is told so."""
    seen: set[str] = set()
    for line, cells in lines:
        if not cells:
            continue
        try:
            values = reader.read(cells)
            said = json.dumps(values, ensure_ascii=False)
            if reader.what == Import.What.SUPPRESSIONS:
                _once(seen, values)
        except Wrong as wrong:
            shown = [cell[:_SHOWN_LETTERS] for cell in cells[:_SHOWN_CELLS]]
            told = json.dumps({"cells": shown}, ensure_ascii=False)
            yield line, wrong.code, wrong.field, told
        else:
            yield line, "", "", said


def _once(seen: set[str], values: dict[str, Any]) -> None:
    key = f"{values['number']} {values['message_class']} {values['signature']}"
    if key in seen:
        raise Wrong("row_twice", "number")
    seen.add(key)


def _take(found: Import, group: Sequence[ImportRow], now: datetime) -> int:
    if found.what == Import.What.SUPPRESSIONS:
        return len(suppression.suppress(rows=[_suppressed(found, row) for row in group], now=now))
    entries = [_said(found, row) for row in group]
    return len(consent.record(entries=entries, by=found.created_by, now=now))


def _suppressed(found: Import, row: ImportRow) -> NewSuppression:
    said = row.values
    return NewSuppression(
        number=said["number"],
        account_id=found.account_id,
        signature_id=said["signature"],
        message_class=said["message_class"],
        source=Suppression.Source.IMPORT.value,
        created_by=found.created_by,
        note=said["note"],
        expires_at=_time(said["expires_at"]),
    )


def _said(found: Import, row: ImportRow) -> NewConsent:
    said = row.values
    return NewConsent(
        account_id=found.account_id,
        number=said["number"],
        message_class=said["message_class"],
        act=said["act"],
        source=said["source"],
        at=_time(said["at"]) or found.created_at,
        signature_id=said["signature"],
        text_version=said["text_version"],
        evidence=said["evidence"] or f"{found.name}:{row.line}",
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _note(found: Import, action: str, by: str, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        target=f"messaging.import:{found.pk}",
        account_id=found.account_id,
        now=now,
        facts={"rows": found.understood, "refused": found.refused},
    )
