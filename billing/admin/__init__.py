"""The staff desk of money; Django finds the registrations here."""

from billing.admin import money, prices

__all__ = ["money", "prices"]
