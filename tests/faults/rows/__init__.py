"""The rows, by what they hurt; importing them registers them."""

from tests.faults.rows import carrier, database, processes

__all__ = ["carrier", "database", "processes"]
