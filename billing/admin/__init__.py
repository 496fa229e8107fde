"""The staff desk of money; Django finds the registrations here."""

from billing.admin import money, orders, prices, selling

__all__ = ["money", "orders", "prices", "selling"]
