"""The staff desk of what happened: figures, what was found broken, how reviews are doing."""

from reports.admin import figures, overview, standing

__all__ = ["figures", "overview", "standing"]
