"""Which route a message takes: a pure choice among candidates. Which of the route's carriers leads
is asked when the message is claimed, so that a dead carrier rewrites no rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from messaging.models import Carrier, Route
from smsplatform.core.remember import for_a_second

# A route names at most so many carriers.
MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    route_id: int
    country: str
    message_class: str
    priority: int


def choose(candidates: Sequence[Candidate], *, country: str, message_class: str) -> int | None:
    """The most specific that fits, then the highest priority, then the oldest."""
    fitting = [
        candidate
        for candidate in candidates
        if candidate.country in ("", country) and candidate.message_class in ("", message_class)
    ]
    if not fitting:
        return None
    best = max(
        fitting,
        key=lambda one: (bool(one.country), bool(one.message_class), one.priority, -one.route_id),
    )
    return best.route_id


@for_a_second
def candidates() -> list[Candidate]:
    """Active routes that name an active carrier."""
    rows = (
        Route.objects.filter(is_active=True, carriers__is_active=True)
        .distinct()
        .values_list("id", "country", "message_class", "priority")
    )
    return [Candidate(*row) for row in rows]


@for_a_second
def served_by(carrier_id: int) -> list[tuple[int, int]]:
    """The steps of routes that this carrier serves now, as (route, step): all of a route that it
    leads, being the first of its active carriers."""
    routes = Route.objects.filter(is_active=True, carriers=carrier_id).prefetch_related(
        "steps__carrier"
    )
    led = [route.id for route in routes if _leader(route) == carrier_id]
    return [(route_id, step) for route_id in led for step in range(MOST_STEPS)]


def _leader(route: Route) -> int | None:
    steps = sorted(route.steps.all(), key=lambda step: step.position)
    return next((step.carrier_id for step in steps if step.carrier.is_active), None)


@for_a_second
def active_carriers(kind: str) -> list[int]:
    return list(
        Carrier.objects.filter(kind=kind, is_active=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
