"""Signatures are handed in with an operator as a pack: a table, and the papers behind it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Qualification, QualificationPerson, User
from accounts.states import QualificationState
from smsplatform.core import audit
from smsplatform.core.errors import DomainError
from templates_app.models import (
    FilingLine,
    FilingPack,
    Market,
    Signature,
    SignatureFiling,
    Template,
)
from templates_app.services import composing, filing, filing_desk, operator_terms, tails
from templates_app.states import FilingState, ReviewState

# The operators of China read it, and write their results into the last two columns.
COLUMNS = {
    "reference": "编号",
    "signature": "签名",
    "company": "企业名称",
    "credit_code": "统一社会信用代码",
    "legal_person": "法定代表人",
    "handler": "经办人",
    "handler_phone": "经办人手机号",
    "source": "签名来源",
    "evidence": "来源依据",
    "purpose": "用途",
    "samples": "短信示例",
    "extension": "扩展码",
    "result": "结果",
    "reason": "原因",
}
_LANGUAGE = "zh-hans"
_OWN_USE, _OTHERS_USE = "自用", "他用"
_MOST_SAMPLES = 3
_Role = QualificationPerson.Role


class NothingToHandIn(DomainError):
    code = "nothing_to_hand_in"
    status = 409
    message = _(
        "None of these can be handed in: they were handed in already, or their account has no"
        " approved qualification for this use."
    )


def make(
    *, operator: str, by: User, now: datetime, filing_ids: Collection[int] | None = None
) -> FilingPack:
    """Of those named, or of all that wait, as many as the operator takes at once. They are handed
    in from then on, in the same transaction; the others stay as they are."""
    with transaction.atomic():
        chosen = _choose(operator, filing_ids)
        papers = _papers(chosen)
        won = set(filing.record(filing_ids=papers.keys(), state=FilingState.FILING, now=now))
        taken = [one for one in chosen if one.pk in won]
        if not taken:
            raise NothingToHandIn
        pack = FilingPack.objects.create(operator=operator, created_by=by, created_at=now)
        FilingLine.objects.bulk_create(_lines(pack, taken, papers))
        audit.record(
            actor=f"user:{by.pk}",
            action="filing.handed_in",
            target=f"templates_app.filingpack:{pack.pk}",
            now=now,
            facts={"operator": operator, "filings": [one.pk for one in taken]},
        )
    return pack


def _choose(operator: str, filing_ids: Collection[int] | None) -> list[SignatureFiling]:
    most = operator_terms.of(operator).most_signatures
    states = filing_desk.WAITING if filing_ids is None else filing_desk.HANDABLE
    rows = SignatureFiling.objects.filter(
        operator=operator, state__in=states, signature__state=ReviewState.APPROVED
    )
    if filing_ids is not None:
        rows = rows.filter(pk__in=filing_ids)
    ready = filing_desk.with_papers(rows).filter(has_papers=True)
    oldest = ready.select_related("signature").order_by("signature__decided_at", "id")
    return list(oldest[:most])


def row(line: FilingLine) -> list[str]:
    """In the order of COLUMNS. People stand in their papers only: when those go, so do they."""
    people = {person.role: person for person in line.qualification.people.all()}
    legal, handler = people.get(_Role.LEGAL), people.get(_Role.HANDLER)
    cells = {
        **line.cells,
        "legal_person": legal.name if legal else "",
        "handler": handler.name if handler else "",
        "handler_phone": handler.phone if handler else "",
    }
    return [cells.get(column, "") for column in COLUMNS]


def _papers(filings: Iterable[SignatureFiling]) -> Mapping[int, Qualification]:
    """By filing: of the same use; among several the one whose name the signature is taken from,
    else the newest."""
    accounts = {one.signature.account_id for one in filings}
    by_account = defaultdict(list)
    rows = Qualification.objects.filter(account__in=accounts, state=QualificationState.APPROVED)
    for paper in rows.order_by("-id"):
        by_account[paper.account_id, paper.for_self].append(paper)
    found = {}
    for one in filings:
        text, fitting = one.signature.text, by_account[_use_of(one.signature)]
        if fitting:
            found[one.pk] = next((paper for paper in fitting if text in paper.name), fitting[0])
    return found


def _use_of(signature: Signature) -> tuple[int, bool]:
    return signature.account_id, signature.is_for_self


def _lines(
    pack: FilingPack, filings: Iterable[SignatureFiling], papers: Mapping[int, Qualification]
) -> list[FilingLine]:
    samples = _samples({one.signature.account_id for one in filings})
    with translation.override(_LANGUAGE):
        return [
            FilingLine(
                pack=pack,
                filing=one,
                qualification=papers[one.pk],
                credit_code=papers[one.pk].registration_number,
                cells=_cells(one, papers[one.pk], samples[one.signature.account_id]),
            )
            for one in filings
        ]


def _cells(
    one: SignatureFiling, paper: Qualification, samples: Iterable[Template]
) -> Mapping[str, str]:
    signature = one.signature
    return {
        "reference": str(one.pk),
        "signature": signature.text,
        "company": paper.name,
        "credit_code": paper.registration_number,
        "source": str(signature.get_source_display()),
        "evidence": signature.evidence,
        "purpose": _OWN_USE if signature.is_for_self else _OTHERS_USE,
        "samples": "\n".join(_as_read(sample, signature) for sample in samples),
        "extension": str(signature.extension),
    }


def _samples(accounts: Collection[int]) -> Mapping[int, list[Template]]:
    found: defaultdict[int, list[Template]] = defaultdict(list)
    rows = Template.objects.filter(
        account__in=accounts, state=ReviewState.APPROVED, market=Market.CHINA
    )
    for row in rows.order_by("id"):
        if len(found[row.account_id]) < _MOST_SAMPLES:
            found[row.account_id].append(row)
    return found


def _as_read(sample: Template, signature: Signature) -> str:
    """With the signature and the words to opt out, as a recipient would get it."""
    country = composing.DOMESTIC
    tail = tails.of(tails.table(), country, sample.message_class)
    return composing.compose(sample.body, signature=signature.text, country=country, tail=tail).text
