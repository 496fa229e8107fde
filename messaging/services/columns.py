"""What a table of strangers means: its columns by their headings, and each row of it.

Nothing is stored or asked here. A row is refused by a code, at the column that it is about.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from messaging.models import ConsentEntry, Import
from messaging.services.validation import NUMBER_SENTENCES
from smsplatform.core.errors import Sentence
from smsplatform.core.text import numbers
from templates_app.models import MessageClass

_NUMBER = ("number", "phone", "mobile", "msisdn", "recipient", "手机号", "手机号码", "号码", "电话")
_CLASS = ("messageclass", "class", "type", "类别", "类型", "短信类型")
_SIGNATURE = ("signature", "签名", "短信签名")
# Field to the headings by which it is known, without spaces, marks and capitals.
HEADINGS: Mapping[str, Mapping[str, Sequence[str]]] = {
    Import.What.SUPPRESSIONS: {
        "number": _NUMBER,
        "message_class": _CLASS,
        "signature": _SIGNATURE,
        "expires_at": ("expiresat", "expires", "until", "有效期至", "到期", "截止时间"),
        "note": ("note", "remark", "备注", "说明"),
    },
    Import.What.CONSENTS: {
        "number": _NUMBER,
        "act": ("act", "consent", "同意", "是否同意", "授权"),
        "at": ("at", "time", "date", "时间", "日期", "同意时间"),
        "message_class": _CLASS,
        "signature": _SIGNATURE,
        "source": ("source", "channel", "来源", "方式"),
        "text_version": ("textversion", "文本版本", "版本"),
        "evidence": ("evidence", "proof", "证据", "凭证"),
    },
}
NEEDED = {Import.What.SUPPRESSIONS: ("number",), Import.What.CONSENTS: ("number", "act")}
_MARKS = str.maketrans("", "", " _-*:：()（）")
_CLASSES = {
    "": "",
    "验证码": "verification",
    "通知": "notice",
    "营销": "marketing",
    "推广": "marketing",
    "国际": "international",
    **{value: value for value in MessageClass.values},
}
_ACTS = {
    **dict.fromkeys(
        ("granted", "yes", "y", "1", "true", "given", "是", "同意", "已同意"), "granted"
    ),
    **dict.fromkeys(
        ("withdrawn", "no", "n", "0", "false", "否", "不同意", "撤回", "退订"), "withdrawn"
    ),
}
_SOURCES = {
    "": "import",
    "表单": "form",
    "纸质": "paper",
    "电话": "phone",
    "短信": "reply",
    "其他": "other",
    **{value: value for value in ConsentEntry.Source.values},
}
_LONGEST = {"note": 200, "text_version": 60, "evidence": 500}

PROBLEMS: Mapping[str, Sentence] = {
    **NUMBER_SENTENCES,
    "number_missing": _("There is no number."),
    "class_unknown": _("This is no class: write verification, notice or marketing."),
    "signature_unknown": _("The account has no such signature."),
    "time_unreadable": _("Write the time like 2026-11-23 or 2026-11-23 18:30."),
    "time_past": _("This time has passed already."),
    "time_ahead": _("A consent is recorded when it was given or taken back, not before."),
    "act_unknown": _("Write granted or withdrawn."),
    "source_unknown": _("This is no source: write form, paper, phone, reply or other."),
    "too_long": _("This is too long."),
    "row_twice": _("The same stands in an earlier line."),
}


class Wrong(Exception):
    """A row is refused: the code, and the column."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code, self.field = code, field


@dataclass(frozen=True, slots=True)
class Reader:
    """Of one file: whose numbers and times they are, and which signatures there are."""

    what: str
    places: Mapping[str, int]
    region: str
    zone: str
    signatures: Mapping[str, int]
    now: datetime

    def read(self, cells: Sequence[str]) -> dict[str, Any]:
        """JSON values. Raises Wrong."""
        said = {field: self._cell(cells, field) for field in HEADINGS[self.what]}
        return {field: _READ[field](self, field, text) for field, text in said.items()}

    def _cell(self, cells: Sequence[str], field: str) -> str:
        place = self.places.get(field, len(cells))
        return cells[place].strip() if place < len(cells) else ""

    def number(self, field: str, text: str) -> str:
        if not text:
            raise Wrong("number_missing", field)
        try:
            return numbers.parse(text, region=self.region).e164
        except numbers.NumberError as error:
            raise Wrong(error.code, field) from error

    def message_class(self, field: str, text: str) -> str:
        found = _known(_CLASSES, text, "class_unknown", field)
        is_consent = self.what == Import.What.CONSENTS
        return found or (MessageClass.MARKETING.value if is_consent else "")

    def signature(self, field: str, text: str) -> int | None:
        plain = text.strip("【】[]")
        if plain and plain not in self.signatures:
            raise Wrong("signature_unknown", field)
        return self.signatures.get(plain)

    def ends(self, field: str, text: str) -> str | None:
        at = self._time(field, text)
        if at is not None and at <= self.now:
            raise Wrong("time_past", field)
        return at.isoformat() if at else None

    def said_at(self, field: str, text: str) -> str | None:
        at = self._time(field, text)
        if at is not None and at > self.now:
            raise Wrong("time_ahead", field)
        return at.isoformat() if at else None

    def act(self, field: str, text: str) -> str:
        return _known(_ACTS, text, "act_unknown", field)

    def source(self, field: str, text: str) -> str:
        return _known(_SOURCES, text, "source_unknown", field)

    def words(self, field: str, text: str) -> str:
        if len(text) > _LONGEST[field]:
            raise Wrong("too_long", field)
        return text

    def _time(self, field: str, text: str) -> datetime | None:
        """In the account's zone where none is said."""
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError as error:
            raise Wrong("time_unreadable", field) from error
        return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.zone))


_READ: Mapping[str, Callable[[Reader, str, str], Any]] = {
    "number": Reader.number,
    "message_class": Reader.message_class,
    "signature": Reader.signature,
    "expires_at": Reader.ends,
    "at": Reader.said_at,
    "act": Reader.act,
    "source": Reader.source,
    **dict.fromkeys(("note", "text_version", "evidence"), Reader.words),
}


def find(what: str, headings: Sequence[str]) -> dict[str, int]:
    """Where each field stands; the first heading that fits counts."""
    plain = [heading.translate(_MARKS).casefold() for heading in headings]
    found = {
        field: next((place for place, heading in enumerate(plain) if heading in known), None)
        for field, known in HEADINGS[what].items()
    }
    return {field: place for field, place in found.items() if place is not None}


def _known(known: Mapping[str, str], text: str, code: str, field: str) -> str:
    found = known.get(text.casefold())
    if found is None:
        raise Wrong(code, field)
    return found
