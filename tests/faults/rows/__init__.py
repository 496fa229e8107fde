"""The rows, by what they hurt; importing them registers them."""

from tests.faults.rows import carrier, customers, database, processes, receipts

__all__ = ["carrier", "customers", "database", "processes", "receipts"]
