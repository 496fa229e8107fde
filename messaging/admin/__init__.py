"""The staff desk of the pipeline: carriers and routes are set here, messages are only shown."""

from messaging.admin import (
    carriers,
    compliance,
    frequency,
    health,
    messages,
    routes,
    sampling,
    suppression,
)

__all__ = [
    "carriers",
    "compliance",
    "frequency",
    "health",
    "messages",
    "routes",
    "sampling",
    "suppression",
]
