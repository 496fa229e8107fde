"""An account's invoices: the list, one of them, the entries behind a line; each to take along."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.services.permissions import Permission
from billing.models import Invoice, InvoiceLine
from billing.services import invoice_pdf, invoice_tables, invoicing
from billing.states import CreditNoteState
from smsplatform import listing
from smsplatform.components import Column, Empty, Fact, Table
from smsplatform.core.downloads import csv_stream, file_response
from smsplatform.listing import Sorting
from smsplatform.portal import MemberView


class InvoiceView(MemberView):
    permission = Permission.MONEY_SEE

    def invoice(self, number: int) -> Invoice:
        found = Invoice.objects.for_account(self.member.account)
        invoice: Invoice = get_object_or_404(found, number=number)
        return invoice

    def line(self, number: int, position: int) -> InvoiceLine:
        lines = InvoiceLine.objects.select_related("invoice")
        return get_object_or_404(lines, invoice=self.invoice(number), position=position)


class InvoiceList(InvoiceView):
    page = "billing/invoices/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        sorting = Sorting.read(None, allowed=(), default="-number")
        found = listing.cut(
            Invoice.objects.for_account(self.member.account),
            sorting=sorting,
            cursor=request.GET.get("cursor"),
        )
        table = _invoices(found.rows, found.next_cursor)
        return self.show(table=table, may_spend=self.member.may(Permission.MONEY_SPEND))


class InvoiceDetail(InvoiceView):
    page = "billing/invoices/detail.html"

    def get(self, _request: HttpRequest, number: int) -> HttpResponse:
        invoice = self.invoice(number)
        lines = list(invoice.lines.order_by("position"))
        return self.show(
            invoice=invoice,
            facts=_facts(invoice),
            table=_lines(lines),
            credit_notes=invoice.credit_notes.in_state(CreditNoteState.ISSUED).order_by("number"),
            fapiao=invoice.fapiao.defer("file").order_by("-id"),
            may_spend=self.member.may(Permission.MONEY_SPEND),
        )


class InvoiceCsv(InvoiceView):
    def get(self, _request: HttpRequest, number: int) -> HttpResponseBase:
        invoice = self.invoice(number)
        return csv_stream(
            header=invoice_tables.LINES,
            rows=invoice_tables.lines(invoice=invoice),
            name=f"invoice-{invoice.number}.csv",
        )


class InvoicePdf(InvoiceView):
    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        invoice = self.invoice(number)
        content = invoice_pdf.render(invoice=invoice, language=get_language() or "en")
        name = f"invoice-{invoice.number}.pdf"
        return file_response(content, content_type="application/pdf", name=name)


class LineDetail(InvoiceView):
    page = "billing/invoices/line.html"

    def get(self, request: HttpRequest, number: int, position: int) -> HttpResponse:
        line = self.line(number, position)
        found = listing.cut(
            invoicing.entries_of(line=line),
            sorting=Sorting.read(None, allowed=(), default="seq"),
            cursor=request.GET.get("cursor"),
        )
        export = reverse("invoice-line-csv", args=[number, position])
        return self.show(line=line, table=_entries(found.rows, found.next_cursor, export))


class LineCsv(InvoiceView):
    def get(self, _request: HttpRequest, number: int, position: int) -> HttpResponseBase:
        line = self.line(number, position)
        return csv_stream(
            header=invoice_tables.ENTRIES,
            rows=invoice_tables.entries(line=line),
            name=f"invoice-{number}-line-{position}.csv",
        )


def _invoices(rows: list[Invoice], next_cursor: str) -> Table:
    return Table(
        caption=_("Invoices"),
        columns=(
            Column(gettext_lazy("Number")),
            Column(gettext_lazy("Days")),
            Column(gettext_lazy("Payable"), is_figure=True),
            Column(gettext_lazy("Due")),
        ),
        rows=rows,
        row_template="billing/invoices/row.html",
        empty=Empty(
            _("No invoices yet"),
            _("When a month has ended, what you sent in it is put on an invoice here."),
        ),
        next_cursor=next_cursor,
    )


def _facts(invoice: Invoice) -> list[Fact]:
    return [
        Fact(_("Seller"), invoice.seller_name),
        Fact(_("Seller's tax number"), invoice.seller_tax_number),
        Fact(_("Customer"), invoice.account_name),
        Fact(_("Customer's tax number"), invoice.buyer_tax_number),
        Fact(_("Ledger entries"), f"{invoice.from_seq}–{invoice.to_seq}"),
        Fact(_("Time zone of its days"), invoice.timezone),
        Fact(_("Fingerprint (SHA-256)"), invoice.hash, is_wide=True),
    ]


def _lines(lines: list[InvoiceLine]) -> Table:
    return Table(
        caption=_("Lines"),
        columns=(
            Column(gettext_lazy("What")),
            Column(gettext_lazy("Project")),
            Column(gettext_lazy("Country")),
            Column(gettext_lazy("Messages"), is_figure=True),
            Column(gettext_lazy("Parts"), is_figure=True),
            Column(gettext_lazy("A part"), is_figure=True),
            Column(gettext_lazy("Amount"), is_figure=True),
        ),
        rows=lines,
        row_template="billing/invoices/line_row.html",
        empty=Empty(_("No lines"), ""),
    )


def _entries(rows: list[object], next_cursor: str, export: str) -> Table:
    return Table(
        caption=_("Ledger entries"),
        columns=(
            Column(gettext_lazy("Entry")),
            Column(gettext_lazy("For")),
            Column(gettext_lazy("Booked")),
            Column(gettext_lazy("Messages"), is_figure=True),
            Column(gettext_lazy("Parts"), is_figure=True),
            Column(gettext_lazy("Amount"), is_figure=True),
        ),
        rows=rows,
        row_template="billing/invoices/entry_row.html",
        empty=Empty(
            _("Nothing was booked for this line"),
            _("It only makes whole cents of the sum."),
        ),
        next_cursor=next_cursor,
        export=export,
    )
