from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Account
from billing.models import Invoice
from billing.services import invoicing
from smsplatform.core import clock, money
from smsplatform.core.errors import DomainError

ROW = "{:>8}  {:<30}  {:<10}  {:>19}  {:>5}  {:>18}  {:>14}"


class Command(BaseCommand):
    help = (
        "Closes each account's ledger up to a date into an invoice; a second run changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until",
            required=True,
            metavar="DATE",
            help="YYYY-MM-DD, exclusive: that day's midnight in the zone of each ledger.",
        )

    def handle(self, *args: Any, until: str, **options: Any) -> None:
        until_date = _parse(until)
        now = clock.now()
        closed, refused = [], []
        for account in Account.objects.order_by("id"):
            try:
                invoice = invoicing.close(account=account, until_date=until_date, now=now)
            except DomainError as error:
                refused.append(error.sentence())
                continue
            if invoice is not None:
                closed.append(invoice)
        self.stdout.write(table(closed) if closed else f"Nothing to close before {until_date}.")
        if refused:
            raise CommandError(" ".join(refused))


def _parse(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--until takes a date such as 2026-12-01, not {text!r}.") from error


def table(invoices: list[Invoice]) -> str:
    head = ROW.format("number", "customer", "until", "entries", "lines", "net", "payable")
    return "\n".join([head, *(_row(invoice) for invoice in invoices)])


def _row(invoice: Invoice) -> str:
    return ROW.format(
        invoice.number,
        invoice.account_name[:30],
        invoice.until_date.isoformat(),
        f"{invoice.from_seq}-{invoice.to_seq}",
        invoice.lines.count(),
        money.text(invoice.net_micros),
        f"{money.text(invoice.payable_micros)} {invoice.currency}",
    )
