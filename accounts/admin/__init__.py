"""The staff desk of people, companies, their papers, keys and webhooks."""

from accounts.admin import companies, people, qualifications

__all__ = ["companies", "people", "qualifications"]
