"""The staff desk of the pipeline: carriers and routes are set here, messages are only shown."""

from messaging.admin import carriers, health, messages, routes

__all__ = ["carriers", "health", "messages", "routes"]
