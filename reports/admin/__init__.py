"""The staff desk of what happened: figures, what was found broken, how reviews are doing."""

from reports.admin import figures, overview, standing, trades

__all__ = ["figures", "overview", "standing", "trades"]
