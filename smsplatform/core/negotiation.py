"""Which shape an answer has: DRF asks here, and imports it early."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


class AlwaysAnswer(DefaultContentNegotiation):
    """Whoever accepts nothing that we have gets what we have: the send door asks nobody either."""

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        known = list(renderers)
        try:
            renderer, media_type = super().select_renderer(request, known, format_suffix)
        except (exceptions.NotAcceptable, Http404):
            return known[0], known[0].media_type
        return renderer, media_type
