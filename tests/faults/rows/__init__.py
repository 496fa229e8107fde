"""The rows, by what they hurt; importing them registers them."""

from tests.faults.rows import processes

__all__ = ["processes"]
