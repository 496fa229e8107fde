"""Tables that a reader takes along: never run, never kept."""

from django.http import HttpResponse


def csv_response(content: bytes, *, name: str) -> HttpResponse:
    """`name` is ours, never a stranger's."""
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
