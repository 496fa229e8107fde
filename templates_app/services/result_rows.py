"""What one row of an operator's table says, and of which filing. Nothing is changed here."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from templates_app.models import FilingLine, FilingReason, FilingWord, SignatureFiling

PROBLEMS = {
    "result_missing": _("No result stands there yet."),
    "result_unknown": _("“{seen}” is no result that we know; add it to the words for results."),
    "reference_unknown": _("We have no reference {seen} with this operator."),
    "signature_differs": _("The reference is that of another signature than “{seen}”."),
    "signature_missing": _("Neither a reference nor a signature stands there."),
    "signature_unknown": _("No signature “{seen}” with this credit code is with this operator."),
    "signature_ambiguous": _("Several accounts have “{seen}”; the credit code is needed."),
    "named_twice": _("“{seen}” stands there twice; the first row is taken."),
}
_NAMES = {
    "reference": ("编号", "我方编号", "reference", "our reference"),
    "signature": ("签名", "短信签名", "签名名称", "signature"),
    "credit_code": ("统一社会信用代码", "社会信用代码", "信用代码", "credit code"),
    "result": ("结果", "审核结果", "报备结果", "状态", "result", "state", "status"),
    "reason": ("原因", "失败原因", "驳回原因", "备注", "reason", "note"),
}
_COLUMNS = {name: column for column, names in _NAMES.items() for name in names}
_BRACKETS = "【】[]"
_LANGUAGES = ("en", "zh-hans")

Columns = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    reference: str
    signature: str
    credit_code: str
    result: str
    reason: str


class Unclear(Exception):
    """The code of a problem, and what stood there."""


def columns(header: Sequence[str]) -> Columns:
    """By what they are called, wherever they stand."""
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        column = _COLUMNS.get(folded(cell).replace("_", " "))
        if column:
            found.setdefault(column, place)
    return found


def row(number: int, cells: Sequence[str], known: Columns) -> Row:
    def cell(column: str) -> str:
        place = known.get(column, len(cells))
        return cells[place].strip() if place < len(cells) else ""

    return Row(
        number,
        reference=cell("reference"),
        signature=cell("signature").strip(_BRACKETS),
        credit_code=cell("credit_code").upper(),
        result=cell("result"),
        reason=cell("reason"),
    )


class Reader:
    """Knows the filings and the words that some rows name; asks for them once."""

    def __init__(self, operator: str, rows: Iterable[Row]) -> None:
        rows = list(rows)
        named = {one.signature for one in rows} - {""}
        numbers = {int(one.reference) for one in rows if _is_number(one.reference)}
        of_operator = SignatureFiling.objects.filter(operator=operator)
        mine = of_operator.filter(Q(pk__in=numbers) | Q(signature__text__in=named))
        self._by_id: dict[int, SignatureFiling] = {
            one.pk: one for one in mine.select_related("signature")
        }
        self._by_text: defaultdict[str, list[SignatureFiling]] = defaultdict(list)
        for one in self._by_id.values():
            self._by_text[one.signature.text].append(one)
        self._codes: defaultdict[int, set[str]] = defaultdict(set)
        lines = FilingLine.objects.filter(filing__in=self._by_id)
        for filing_id, code in lines.values_list("filing_id", "credit_code"):
            self._codes[filing_id].add(code.upper())
        self._words = {folded(one.word): one.state for one in FilingWord.objects.all()}
        self._reasons = _reasons()

    def filing(self, one: Row) -> SignatureFiling:
        """Raises Unclear."""
        if one.reference:
            return self._by_reference(one)
        if not one.signature:
            raise Unclear("signature_missing", "")
        found = self._by_text.get(one.signature, [])
        if one.credit_code:
            found = [each for each in found if one.credit_code in self._codes[each.pk]]
        if not found:
            raise Unclear("signature_unknown", one.signature)
        if len(found) > 1:
            raise Unclear("signature_ambiguous", one.signature)
        return found[0]

    def _by_reference(self, one: Row) -> SignatureFiling:
        number = int(one.reference) if _is_number(one.reference) else None
        found = self._by_id.get(number) if number is not None else None
        if found is None:
            raise Unclear("reference_unknown", one.reference)
        if one.signature and found.signature.text != one.signature:
            raise Unclear("signature_differs", one.signature)
        return found

    def state(self, one: Row) -> str:
        """Raises Unclear."""
        if not one.result:
            raise Unclear("result_missing", "")
        if folded(one.result) not in self._words:
            raise Unclear("result_unknown", one.result)
        return self._words[folded(one.result)]

    def reason(self, one: Row) -> str:
        """A code, where the operator gave one that we know; its own words are kept as a note."""
        return self._reasons.get(folded(one.reason), "")


def folded(text: str) -> str:
    """However it is written: width, case and spaces at the ends do not count."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _is_number(text: str) -> bool:
    """Of a key: ASCII, and no longer than one can be."""
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _reasons() -> dict[str, str]:
    known = {folded(code): code for code in FilingReason.values}
    for language in _LANGUAGES:
        with translation.override(language):
            known |= {folded(str(reason.label)): reason.value for reason in FilingReason}
    return known
