"""What is printed on an invoice beside its figures: who sells, who buys, which tax is in it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts.models import Account
from billing.models import BillingDetails, Seller, TaxRate

_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Letterhead:
    """As it stands on the last day of what is closed."""

    seller: Seller | None
    buyer: BillingDetails | None
    tax: TaxRate | None

    def printed(self, *, account: Account, payable_cents: int, issued_date: date) -> dict[str, Any]:
        """Fields of the invoice, frozen."""
        return {
            **self._seller(),
            **self._buyer(account),
            "tax_name": self.tax.name if self.tax else "",
            "tax_basis_points": self.tax.basis_points if self.tax else 0,
            "tax_cents": tax_in(payable_cents, self.tax.basis_points if self.tax else 0),
            "due_date": self._due_date(payable_cents, issued_date),
        }

    def _seller(self) -> dict[str, str]:
        if self.seller is None:
            return {}
        return {
            "seller_name": self.seller.name,
            "seller_tax_number": self.seller.tax_number,
            "seller_text": _lines(self.seller.address, self.seller.bank),
        }

    def _buyer(self, account: Account) -> dict[str, str]:
        buyer = self.buyer
        if buyer is None:
            return {"account_name": account.name}
        return {
            "account_name": buyer.title,
            "buyer_tax_number": buyer.tax_number,
            "buyer_text": _lines(
                buyer.address, buyer.phone, f"{buyer.bank} {buyer.bank_account}".strip()
            ),
        }

    def _due_date(self, payable_cents: int, issued_date: date) -> date | None:
        if self.buyer is None or self.buyer.due_days is None or payable_cents <= 0:
            return None
        return issued_date + timedelta(days=self.buyer.due_days)


def read(*, account: Account, last_date: date) -> Letterhead:
    """`last_date` is the last day that is invoiced."""
    sellers = Seller.objects.filter(from_date__lte=last_date).order_by("-from_date")
    rates = TaxRate.objects.filter(country=account.country, from_date__lte=last_date)
    return Letterhead(
        seller=sellers.first(),
        buyer=BillingDetails.objects.for_account(account).first(),
        tax=rates.order_by("-from_date").first(),
    )


def tax_in(cents: int, basis_points: int) -> int:
    """The part of a price that is tax, rounded half up; of what is owed to the customer too."""
    gross = _WHOLE + basis_points
    return (2 * cents * basis_points + gross) // (2 * gross)


def _lines(*facts: str) -> str:
    return "\n".join(fact for fact in facts if fact)
