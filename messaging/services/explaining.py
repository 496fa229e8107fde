"""Why a message would go the way it goes, told by the functions that decide it. Stores nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Project
from messaging.models import Health, Route
from messaging.services import routing
from messaging.services.refusals import TemplateUnknown
from messaging.services.routing import Choice, Misfit, Step, Wanted, Way
from messaging.services.validation import NUMBER_SENTENCES
from smsplatform.core import money
from smsplatform.core.errors import DomainError, Invalid, Problem
from smsplatform.core.text import numbers, operators
from templates_app.models import MessageClass, Template


class AccountUnknown(DomainError):
    code = "account_unknown"
    status = 422
    message = _("There is no account “{account}”; give its number or its whole name.")


class AccountAmbiguous(DomainError):
    code = "account_ambiguous"
    status = 422
    message = _("Several accounts are called “{account}”; give the number of one.")


class ProjectUnknown(DomainError):
    code = "project_unknown"
    status = 422
    message = _("This account has no project “{project}”.")


class ClassMissing(DomainError):
    code = "class_missing"
    status = 422
    message = _("Say either which template or which class.")


class Behind(StrEnum):
    """Where a route that fits stands behind the winner. In the order of `Way.rank`."""

    PROJECT = "behind_project"
    OPERATOR = "behind_operator"
    COUNTRY = "behind_country"
    CLASS = "behind_class"
    PRIORITY = "behind_priority"
    AGE = "behind_age"


class Idle(StrEnum):
    """Why new messages are not dealt to a step."""

    SWITCHED_OFF = "switched_off"
    DOWN = "down"
    LATER = "later"
    DEARER = "dearer"


SENTENCES = {
    Misfit.INACTIVE: _("It is switched off."),
    Misfit.SANDBOX: _("It is the sandbox's, and reaches no phone."),
    Misfit.LIVE: _("It reaches phones, and this is for the sandbox."),
    Misfit.TRIAL: _("It is for trial numbers of accounts that are not live yet."),
    Misfit.PROJECT: _("It is for another project."),
    Misfit.COUNTRY: _("It is for another country."),
    Misfit.OPERATOR: _("It is for another operator."),
    Misfit.CLASS: _("It is for another class."),
    Misfit.NO_CARRIER: _("None of its carriers is active."),
    Behind.PROJECT: _("It fits; the winner is for this project."),
    Behind.OPERATOR: _("It fits; the winner is for this operator."),
    Behind.COUNTRY: _("It fits; the winner is for this country."),
    Behind.CLASS: _("It fits; the winner is for this class."),
    Behind.PRIORITY: _("It fits; the winner has a higher priority."),
    Behind.AGE: _("It fits as well as the winner, which is older."),
    Idle.SWITCHED_OFF: _("none: it is switched off"),
    Idle.DOWN: _("none: it is down"),
    Idle.LATER: _("none: others come first"),
    Idle.DEARER: _("none: another is cheaper"),
}


OPERATORS = {
    operators.MOBILE: _("China Mobile"),
    operators.UNICOM: _("China Unicom"),
    operators.TELECOM: _("China Telecom"),
    operators.BROADNET: _("China Broadnet"),
}


@dataclass(frozen=True, slots=True)
class StepTold:
    """`cards` of `dealt` new messages come to it, `share` in whole percent; `servers` are the
    carriers that send now what waits at it, first the one that leads."""

    step: Step
    cards: int
    dealt: int
    servers: tuple[str, ...]
    idle: Idle | None

    @property
    def share(self) -> int:
        return round(100 * self.cards / self.dealt)

    @property
    def idle_because(self) -> Any:
        return SENTENCES[self.idle] if self.idle else ""

    @property
    def circuit(self) -> Any:
        return Health.Circuit(self.step.circuit).label

    @property
    def cost(self) -> str:
        """Empty where nobody knows."""
        return "" if self.step.cost_micros is None else money.text(self.step.cost_micros)


@dataclass(frozen=True, slots=True)
class WayTold:
    """`why_not` is None for the winner."""

    way: Way
    why_not: Misfit | Behind | None
    steps: tuple[StepTold, ...]

    @property
    def because(self) -> Any:
        return SENTENCES[self.why_not] if self.why_not else _("It wins.")

    @property
    def terms(self) -> list[Any]:
        """What it asks of a message, the strongest first, and its priority."""
        way = self.way
        message_class = MessageClass(way.message_class).label if way.message_class else ""
        asked = (way.project, OPERATORS.get(way.operator), way.country, message_class)
        return [*(term or "–" for term in asked), way.priority]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`step` of the winner is what this number is dealt to. The routes stand in their order."""

    number: str
    wanted: Wanted
    project: str
    choice: Choice | None
    ways: tuple[WayTold, ...]

    @property
    def operator(self) -> Any:
        return OPERATORS.get(self.wanted.operator, "")

    @property
    def message_class(self) -> Any:
        return MessageClass(self.wanted.message_class).label

    @property
    def winner(self) -> WayTold | None:
        return next((told for told in self.ways if told.why_not is None), None)

    @property
    def step(self) -> StepTold | None:
        if self.winner is None or self.choice is None:
            return None
        position = self.choice.step(self.number)
        return next(told for told in self.winner.steps if told.step.position == position)


def explain(
    *, to: str, account: Account, template: str = "", message_class: str = "", project: str = ""
) -> Explanation:
    """For one number and either a template or a class. An account with several projects is taken
    by its oldest, unless one is named."""
    try:
        number = numbers.parse(to, region=account.country)
    except numbers.NumberError as error:
        problem = Problem(error.code, NUMBER_SENTENCES[error.code], "to")
        raise Invalid(errors=[problem]) from error
    of = _project(account, project)
    wanted = Wanted(
        number.country,
        operators.of(number.e164),
        _class(account, template, message_class),
        of.pk if of else 0,
    )
    ways = routing.read().ways
    choice = routing.choose(ways, wanted)
    return Explanation(
        number.e164, wanted, of.name if of else "", choice, told(ways, wanted, choice)
    )


def told(ways: Sequence[Way], wanted: Wanted, choice: Choice | None) -> tuple[WayTold, ...]:
    """Pure. First the winner, then what fits by rank, then what does not."""
    winner = next((way for way in ways if choice and way.route_id == choice.route_id), None)
    found = []
    for way in sorted(ways, key=lambda way: way.rank, reverse=True):
        why_not = routing.misfit(way, wanted) or _behind(way, winner)
        found.append(WayTold(way, why_not, _steps(way)))
    return tuple(sorted(found, key=_fits_less))


def _fits_less(one: WayTold) -> int:
    if one.why_not is None:
        return 0
    return 2 if isinstance(one.why_not, Misfit) else 1


def _behind(way: Way, winner: Way | None) -> Behind | None:
    if winner is None or way is winner:
        return None
    places = zip(Behind, way.rank, winner.rank, strict=True)
    return next(behind for behind, own, best in places if own != best)


def _steps(way: Way) -> tuple[StepTold, ...]:
    cards = Counter(routing.cards(way))
    names = {step.carrier_id: step.carrier for step in way.steps}
    leading, tried = routing.servers(way), routing.tried(way)
    return tuple(
        StepTold(
            step,
            cards[step.position],
            max(1, cards.total()),
            tuple(
                names[found[step.position]] for found in (leading, tried) if step.position in found
            ),
            None if cards[step.position] else _idle(way, step),
        )
        for step in way.steps
    )


def _idle(way: Way, step: Step) -> Idle:
    if not step.is_active:
        return Idle.SWITCHED_OFF
    if not step.is_usable:
        return Idle.DOWN
    return Idle.DEARER if way.prefers == Route.Prefers.PRICE else Idle.LATER


def account_called(word: str) -> Account:
    """By its number or its whole name."""
    accounts: list[Account] = []
    if word.isascii() and word.isdigit() and len(word) < 19:
        accounts = list(Account.objects.filter(pk=int(word)))
    accounts = accounts or list(Account.objects.filter(name=word)[:2])
    if not accounts:
        raise AccountUnknown(field="account", account=word)
    if len(accounts) > 1:
        raise AccountAmbiguous(field="account", account=word)
    return accounts[0]


def _project(account: Account, name: str) -> Project | None:
    projects = Project.objects.for_account(account).order_by("id")
    found = projects.filter(name=name).first() if name else projects.first()
    if name and found is None:
        raise ProjectUnknown(field="project", project=name)
    return found


def _class(account: Account, code: str, message_class: str) -> str:
    if bool(code) == bool(message_class):
        raise ClassMissing(field="template")
    if not code:
        if message_class not in MessageClass.values:
            raise ClassMissing(field="message_class")
        return str(message_class)
    found = Template.objects.filter(account=account, code=code, is_main=True).first()
    if found is None:
        raise TemplateUnknown(field="template", template=code)
    return str(found.message_class)
