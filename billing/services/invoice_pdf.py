"""An invoice on paper, in the reader's language: A4, its table over as many pages as it needs."""

from collections.abc import Sequence
from functools import cache, partial
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table

from billing.models import Invoice, InvoiceLine
from smsplatform.core import money

_FONT = "NotoSansSC"
# The viewer's own, for rare characters that the subset lacks.
_RARE_FONT = "STSong-Light"
_FONT_FILE = Path(__file__).resolve().parent.parent / "fonts" / "NotoSansSC-Regular.ttf"
_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
# What, project, country, messages, parts, a part, amount.
_WIDTHS = [_WIDTH * share for share in (0.22, 0.18, 0.12, 0.11, 0.11, 0.11, 0.15)]
_GREY = colors.HexColor("#667382")
_LINE = colors.HexColor("#dadfe5")
_FIRST_FIGURE = 3
_ALL = ((0, 0), (-1, -1))
_TIGHT = [("TOPPADDING", *_ALL, 1), ("BOTTOMPADDING", *_ALL, 1), ("VALIGN", *_ALL, "TOP")]
_RULED = [("LINEBELOW", *_ALL, 0.4, _LINE), ("VALIGN", *_ALL, "TOP")]


def render(*, invoice: Invoice, language: str) -> bytes:
    """From what is stored alone; the same invoice makes the same text again."""
    _register()
    lines = list(invoice.lines.order_by("position"))
    out = BytesIO()
    with translation.override(language):
        paper = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN,
            title=_("Invoice %s") % invoice.number,
            author=invoice.seller_name,
            invariant=True,
        )
        foot = partial(_foot, invoice=invoice)
        paper.build(_story(invoice, lines), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


@cache
def _register() -> None:
    pdfmetrics.registerFont(TTFont(_FONT, str(_FONT_FILE)))
    pdfmetrics.registerFont(UnicodeCIDFont(_RARE_FONT))


def _story(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[Any]:
    return [
        _text(_("Invoice %s") % invoice.number, size=18),
        Spacer(0, 6 * mm),
        _parties(invoice),
        Spacer(0, 6 * mm),
        _dates(invoice),
        Spacer(0, 6 * mm),
        _lines(invoice, lines),
        Spacer(0, 4 * mm),
        _sums(invoice),
    ]


def _parties(invoice: Invoice) -> Table:
    seller = _party(
        _("Seller"), invoice.seller_name, invoice.seller_tax_number, invoice.seller_text
    )
    buyer = _party(
        _("Customer"), invoice.account_name, invoice.buyer_tax_number, invoice.buyer_text
    )
    return Table([[seller, buyer]], colWidths=[_WIDTH / 2] * 2, style=[("VALIGN", *_ALL, "TOP")])


def _party(label: str, name: str, tax_number: str, details: str) -> list[Paragraph]:
    numbered = tax_number and f"{capfirst(_('tax number'))} {tax_number}"
    said = [name, numbered, *details.splitlines()]
    return [_text(label, colour=_GREY), *(_text(each) for each in said if each)]


def _dates(invoice: Invoice) -> Table:
    first = invoice.from_date.isoformat() if invoice.from_date else ""
    facts = [
        (_("Days"), f"{first} – {invoice.last_date.isoformat()} {invoice.timezone}"),
        (_("Issued"), f"{invoice.closed_at:%Y-%m-%d %H:%M} UTC"),
        (_("Ledger entries"), f"{invoice.from_seq}–{invoice.to_seq}"),
    ]
    if invoice.due_date:
        facts.append((_("Due"), invoice.due_date.isoformat()))
    rows = [[_text(label, colour=_GREY), _text(value)] for label, value in facts]
    return Table(rows, colWidths=[_WIDTH * 0.25, _WIDTH * 0.75], style=_TIGHT)


def _lines(invoice: Invoice, lines: Sequence[InvoiceLine]) -> LongTable:
    head = [
        _("What"), _("Project"), _("Country"), _("Messages"), _("Parts"), _("A part"), _("Amount"),
    ]  # fmt: skip
    rows = [[_cell(text, place) for place, text in enumerate(row)] for row in map(_row, lines)]
    heading = [_cell(text, place, colour=_GREY) for place, text in enumerate(head)]
    return LongTable([heading, *rows], colWidths=_WIDTHS, repeatRows=1, style=_RULED)


def _row(line: InvoiceLine) -> list[str]:
    amount = line.amount_text
    return [
        what(line),
        line.project_name,
        line.country,
        f"{line.count:,}" if line.count else "",
        f"{line.parts:,}" if line.parts else "",
        money.text(line.unit_price_micros) if line.unit_price_micros else "",
        amount if line.is_money else _("%s parts of a package") % amount,
    ]


def what(line: InvoiceLine) -> str:
    kinds = {
        "charge": _("Sent"),
        "refund": _("Paid back"),
        "tier_adjustment": _("Tier of the month"),
    }
    classes = {
        "verification": _("(verification)"),
        "notice": _("(notice)"),
        "marketing": _("(marketing)"),
    }
    kind = kinds.get(line.kind, _("Rounding to whole cents"))
    return f"{kind} {classes.get(line.message_class, '')}".strip()


def _sums(invoice: Invoice) -> Table:
    rows = [(_("Exact sum"), invoice.net_micros, 9), (_("Payable"), invoice.payable_micros, 12)]
    if invoice.tax_name:
        label = _("Of it %(name)s, %(percent)s %%")
        rows.append(
            (
                label % {"name": invoice.tax_name, "percent": invoice.tax_percent},
                invoice.tax_micros,
                9,
            )
        )
    cells = [
        [
            _text(label, size=size, right=True),
            _text(f"{money.text(micros)} {invoice.currency}", size=size, right=True),
        ]
        for label, micros, size in rows
    ]
    return Table(cells, colWidths=[_WIDTH * 0.7, _WIDTH * 0.3], style=_TIGHT)


def _foot(canvas: Canvas, paper: SimpleDocTemplate, *, invoice: Invoice) -> None:
    canvas.setFont(_FONT, 7)
    canvas.setFillColor(_GREY)
    canvas.drawString(_MARGIN, 10 * mm, f"SHA-256 {invoice.hash}")
    canvas.drawRightString(
        A4[0] - _MARGIN, 10 * mm, f"{_('Invoice %s') % invoice.number} · {paper.page}"
    )


def _cell(text: str, place: int, colour: Any = colors.black) -> Paragraph:
    return _text(text, size=8, colour=colour, right=place >= _FIRST_FIGURE)


def _text(
    text: str, *, size: int = 9, colour: Any = colors.black, right: bool = False
) -> Paragraph:
    """Customers' names may look like markup, and Chinese breaks anywhere."""
    style = ParagraphStyle(
        "text",
        fontName=_FONT,
        fontSize=size,
        leading=size * 1.4,
        textColor=colour,
        wordWrap="CJK",
        alignment=2 if right else 0,
    )
    return Paragraph(_marked(text), style)


def _marked(text: str) -> str:
    known = pdfmetrics.getFont(_FONT).face.charToGlyph
    runs = groupby(text, key=lambda letter: ord(letter) in known)
    return "".join(_run(escape("".join(letters)), is_known) for is_known, letters in runs)


def _run(text: str, is_known: bool) -> str:
    return text if is_known else f'<font name="{_RARE_FONT}">{text}</font>'
