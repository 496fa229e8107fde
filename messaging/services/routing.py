"""Which way a message goes: pure choices over facts that may be a second old.

At acceptance `choose` finds the route and deals the message to a step of it; that never changes
because a carrier dies. At the claim `servers` says which carrier serves which step now: its own,
or, where that carrier is down, the next in order. So a dead carrier rewrites no rows, and what is
`uncertain` or `sent` is never given to another carrier: only what is queued is claimed.

The first that fits wins, in this order: the route of the customer's project, of the operator, of
the country, of the class; then the higher priority; then the older route. To a trial number one
that is made for these comes before all.
"""

import math
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from billing.models import Rate
from messaging.models import Carrier, Health, Route
from smsplatform.core.remember import for_a_second

# A route names at most so many carriers.
MOST_STEPS = 8
# A route and a step of it: where messages wait.
Place = tuple[int, int]
# Shares are dealt in so many cards at most.
_MOST_CARDS = 1000


class Wanted(NamedTuple):
    """What a message asks of a route."""

    country: str
    operator: str
    message_class: str
    project_id: int
    # By a sandbox key, or of an account that is not live yet: it must reach no phone.
    is_sandbox: bool = False
    # But for this one, which the account proved to hold.
    is_trial: bool = False


class Misfit(StrEnum):
    """Why a route does not carry a message."""

    INACTIVE = "inactive"
    SANDBOX = "sandbox"
    LIVE = "live"
    TRIAL = "trial"
    COUNTRY = "country"
    OPERATOR = "operator"
    CLASS = "class"
    PROJECT = "project"
    NO_CARRIER = "no_carrier"


class Step(NamedTuple):
    """A carrier of a route, and whether it may be used now."""

    position: int
    carrier_id: int
    carrier: str
    priority: int
    weight: int
    cost_micros: int | None
    is_active: bool
    circuit: str

    @property
    def is_usable(self) -> bool:
        return self.is_active and self.circuit != Health.Circuit.OPEN


class Way(NamedTuple):
    """A route with its steps, in their order. Empty means any."""

    route_id: int
    name: str
    country: str
    operator: str
    message_class: str
    project_id: int | None
    prefers: str
    priority: int
    is_active: bool
    is_sandbox: bool = False
    is_trial: bool = False
    project: str | None = None
    steps: tuple[Step, ...] = ()

    @property
    def kind(self) -> str:
        """A route of a customer's own is dedicated."""
        if self.is_sandbox:
            return Rate.Route.SANDBOX.value
        return Rate.Route.SHARED.value if self.project_id is None else Rate.Route.DEDICATED.value

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, int, int]:
        """The largest wins."""
        return (
            self.project_id is not None,
            bool(self.operator),
            bool(self.country),
            bool(self.message_class),
            self.priority,
            -self.route_id,
        )


class Choice(NamedTuple):
    """The route, and its cards: the steps that messages are dealt to, each as often as it weighs.

    Steps are told by position, so that a route may be changed while messages wait.
    """

    route_id: int
    cards: tuple[int, ...]
    # What prices know of it: Rate.Route.
    kind: str = Rate.Route.SHARED.value
    # It reaches a phone, though the message is of the sandbox.
    is_trial: bool = False

    def step(self, number: str) -> int:
        """The same number always gets the same card."""
        if len(self.cards) == 1:
            return self.cards[0]
        return self.cards[zlib.crc32(number.encode()) % len(self.cards)]


def misfit(way: Way, wanted: Wanted) -> Misfit | None:
    """None where the route carries it."""
    if not way.is_active:
        return Misfit.INACTIVE
    if way.is_trial and not wanted.is_trial:
        return Misfit.TRIAL
    if way.is_sandbox != wanted.is_sandbox:
        return Misfit.SANDBOX if way.is_sandbox else Misfit.LIVE
    if way.project_id not in (None, wanted.project_id):
        return Misfit.PROJECT
    if way.country not in ("", wanted.country):
        return Misfit.COUNTRY
    if way.operator not in ("", wanted.operator):
        return Misfit.OPERATOR
    if way.message_class not in ("", wanted.message_class):
        return Misfit.CLASS
    return None if any(step.is_active for step in way.steps) else Misfit.NO_CARRIER


def choose(ways: Sequence[Way], wanted: Wanted) -> Choice | None:
    fitting = [way for way in ways if misfit(way, wanted) is None]
    if not fitting:
        return None
    best = max(fitting, key=lambda way: (way.is_trial, way.rank))
    return Choice(best.route_id, cards(best), best.kind, best.is_trial)


def cards(way: Way) -> tuple[int, ...]:
    """The steps that new messages are dealt to, each as often as it weighs. Of carriers that are
    all down the first gets the messages: they wait for it."""
    active = [step for step in way.steps if step.is_active]
    usable = [step for step in active if step.is_usable] or active
    if not usable:
        return ()
    if way.prefers == Route.Prefers.PRICE:
        return (min(usable, key=_cheapness).position,)
    first = min(step.priority for step in usable)
    shares = {step.position: max(1, step.weight) for step in usable if step.priority == first}
    common = max(math.gcd(*shares.values()), math.ceil(sum(shares.values()) / _MOST_CARDS))
    return tuple(
        position for position, weight in shares.items() for _card in range(max(1, weight // common))
    )


def _cheapness(step: Step) -> tuple[bool, int, int, int]:
    """What nobody has priced comes last."""
    return step.cost_micros is None, step.cost_micros or 0, step.priority, step.position


def servers(way: Way) -> dict[int, int]:
    """Which carrier serves each step now; without a usable carrier nobody does, and it waits.

    Every step that could be waiting is named, also one that is no longer in the route.
    """
    leaders = _leaders(way)
    if not leaders:
        return {}
    own = {step.position: step.carrier_id for step in leaders}
    return {
        position: own[position] if position in own else _stand_in(way, leaders, position)
        for position in {*range(MOST_STEPS), *(step.position for step in way.steps)}
    }


def tried(way: Way) -> dict[int, int]:
    """Steps whose carrier is tried with some of its own messages, while another serves them."""
    leaders = _leaders(way)
    return {
        step.position: step.carrier_id
        for step in way.steps
        if way.is_active and step.is_usable and step not in leaders
    }


def _leaders(way: Way) -> list[Step]:
    """One that is only being tried leads where there is no other."""
    if not way.is_active:
        return []
    usable = [step for step in way.steps if step.is_usable]
    return [step for step in usable if step.circuit == Health.Circuit.CLOSED] or usable


def _stand_in(way: Way, leaders: Sequence[Step], position: int) -> int:
    """The next in order, and after the last the first."""
    place = _order(way, position)
    return next((step for step in leaders if _key(step) > place), leaders[0]).carrier_id


def next_step(way: Way, position: int, refused: Collection[int]) -> int | None:
    """Where a message goes on to that this step's carrier keeps refusing; `refused` are carriers.

    None when no other is left.
    """
    left = [step for step in way.steps if step.is_active and step.carrier_id not in refused]
    left = [step for step in left if step.is_usable] or left
    if not left:
        return None
    place = _order(way, position)
    return next((step for step in left if _key(step) > place), left[0]).position


def _order(way: Way, position: int) -> tuple[int, int]:
    """Where in the order a position stands; one that is gone stands before all."""
    return next((_key(step) for step in way.steps if step.position == position), (-1, position))


def _key(step: Step) -> tuple[int, int]:
    return step.priority, step.position


@dataclass(slots=True)
class Routes:
    """The routes as they are this second; each kind of message is decided once."""

    ways: Sequence[Way]
    _choices: dict[Wanted, Choice | None] = field(default_factory=dict)
    _places: dict[int, list[Place]] = field(default_factory=dict)
    _shared: dict[int, frozenset[Place]] = field(default_factory=dict)

    def choose(self, wanted: Wanted) -> Choice | None:
        if wanted not in self._choices:
            self._choices[wanted] = choose(self.ways, wanted)
        return self._choices[wanted]

    @property
    def has_sandbox(self) -> bool:
        return any(
            way.is_sandbox
            and not way.is_trial
            and way.is_active
            and any(step.is_active for step in way.steps)
            for way in self.ways
        )

    @property
    def has_trials(self) -> bool:
        return any(way.is_trial and way.is_active for way in self.ways)

    def is_alone(self, carrier_id: int) -> bool:
        """Whether a route has nobody else for this carrier's messages now."""
        return any(
            way.is_active
            and any(step.carrier_id == carrier_id for step in way.steps)
            and not any(step.is_usable and step.carrier_id != carrier_id for step in way.steps)
            for way in self.ways
        )

    def served_by(self, carrier_id: int) -> list[Place]:
        """The places that this carrier serves now."""
        if carrier_id not in self._places:
            self._places[carrier_id] = [
                (way.route_id, position)
                for way in self.ways
                for position, server in (*servers(way).items(), *tried(way).items())
                if server == carrier_id
            ]
        return self._places[carrier_id]

    def shared_by(self, carrier_id: int) -> frozenset[Place]:
        """Of these, the ones that it serves for a carrier that is being tried."""
        if carrier_id not in self._shared:
            self._shared[carrier_id] = frozenset(
                (way.route_id, position)
                for way in self.ways
                for position, own in tried(way).items()
                if own != carrier_id and servers(way).get(position) == carrier_id
            )
        return self._shared[carrier_id]


@for_a_second
def now() -> Routes:
    return read()


def read() -> Routes:
    """All routes, switched off ones too, in one query."""
    rows = Route.objects.order_by("id", "steps__priority", "steps__position").values_list(
        *_ROUTE, *(f"steps__{name}" for name in _STEP)
    )
    found: dict[int, tuple[tuple[object, ...], list[Step]]] = {}
    for row in rows:
        _facts, steps = found.setdefault(row[0], (row[: len(_ROUTE)], []))
        if row[len(_ROUTE)] is not None:
            *known, circuit = row[len(_ROUTE) :]
            steps.append(Step._make((*known, circuit or Health.Circuit.CLOSED.value)))
    return Routes([Way._make((*facts, tuple(steps))) for facts, steps in found.values()])


_ROUTE = (
    "id", "name", "country", "operator", "message_class", "project_id", "prefers", "priority",
    "is_active", "is_sandbox", "is_trial", "project__name",
)  # fmt: skip
_STEP = (
    "position", "carrier_id", "carrier__name", "priority", "weight", "cost_micros",
    "carrier__is_active", "carrier__health__circuit",
)  # fmt: skip


@for_a_second
def active_carriers(kind: str) -> list[int]:
    return list(
        Carrier.objects.filter(kind=kind, is_active=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
