"""What it costs: wallets, the ledger, prices, packages, invoices.

Integers only: `*_micros` (1,000,000 = one unit of the currency) and parts of a package.
"""

from billing.models.invoice import Invoice, InvoiceLine
from billing.models.ledger import Entry, LedgerHead, Package, Wallet
from billing.models.price import (
    CustomerGroup,
    GroupMember,
    PriceList,
    PriceVersion,
    Rate,
    TierCount,
)

__all__ = [
    "CustomerGroup",
    "Entry",
    "GroupMember",
    "Invoice",
    "InvoiceLine",
    "LedgerHead",
    "Package",
    "PriceList",
    "PriceVersion",
    "Rate",
    "TierCount",
    "Wallet",
]
