"""The staff desk of money; Django finds the registrations here."""

from billing.admin import corrections, invoices, money, orders, prices, selling

__all__ = ["corrections", "invoices", "money", "orders", "prices", "selling"]
