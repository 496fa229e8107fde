"""What it costs: wallets, the ledger, prices, packages, invoices.

Integers only: `*_micros` (1,000,000 = one unit of the currency) and parts of a package.
"""

from billing.models.correction import CreditNote, Fapiao
from billing.models.coupon import Coupon
from billing.models.dunning import DunningStep, Receivable
from billing.models.invoice import (
    BillingDetails,
    DocumentNumber,
    Invoice,
    InvoiceLine,
    Seller,
    TaxRate,
)
from billing.models.ledger import Entry, LedgerHead, Package, Wallet
from billing.models.order import BankLine, Difference, Offer, Order, ProviderNotice, Reversal
from billing.models.price import (
    CustomerGroup,
    GroupMember,
    PriceList,
    PriceVersion,
    Rate,
    TierCount,
)
from billing.models.refund import Refund
from billing.models.saved import AutoTopup

__all__ = [
    "AutoTopup",
    "BankLine",
    "BillingDetails",
    "Coupon",
    "CreditNote",
    "CustomerGroup",
    "Difference",
    "DocumentNumber",
    "DunningStep",
    "Entry",
    "Fapiao",
    "GroupMember",
    "Invoice",
    "InvoiceLine",
    "LedgerHead",
    "Offer",
    "Order",
    "Package",
    "PriceList",
    "PriceVersion",
    "ProviderNotice",
    "Rate",
    "Receivable",
    "Refund",
    "Reversal",
    "Seller",
    "TaxRate",
    "TierCount",
    "Wallet",
]
