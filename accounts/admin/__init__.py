"""The staff desk of people, companies, their papers, keys and webhooks."""

from accounts.admin import companies, qualifications

__all__ = ["companies", "qualifications"]
