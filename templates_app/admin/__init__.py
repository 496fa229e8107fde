"""The staff desk of what may be said."""

from templates_app.admin import filings, texts

__all__ = ["filings", "texts"]
