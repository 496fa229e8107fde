import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.services import explaining
from messaging.services.explaining import Explanation, StepTold, WayTold
from smsplatform.core.errors import DomainError
from templates_app.models import MessageClass


class Command(BaseCommand):
    help = "Shows which route a message would take, and why. Nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="the recipient, such as +8613800138000")
        parser.add_argument("--account", required=True, metavar="ID|NAME")
        parser.add_argument("--project", default="", metavar="NAME", help="else the oldest")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--template", default="", metavar="CODE")
        what.add_argument("--class", default="", dest="message_class", choices=MessageClass.values)
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        try:
            explanation = explaining.explain(
                to=options["number"],
                account=explaining.account_called(options["account"]),
                template=options["template"],
                message_class=options["message_class"],
                project=options["project"],
            )
        except DomainError as error:
            raise CommandError(" ".join(one.sentence() for one in error.errors)) from error
        if as_json:
            self.stdout.write(json.dumps(_document(explanation), indent=2))
        else:
            self.stdout.write("\n".join(_lines(explanation)))


def _lines(explanation: Explanation) -> Iterator[str]:
    wanted = explanation.wanted
    yield (
        f"{explanation.number}: country {wanted.country},"
        f" operator {wanted.operator or 'unknown'}, class {wanted.message_class},"
        f" project {explanation.project or 'none'}"
    )
    for told in explanation.ways:
        yield ""
        yield from _route(told)
    yield ""
    yield _verdict(explanation)


def _route(told: WayTold) -> Iterator[str]:
    way = told.way
    mark = "*" if told.why_not is None else " "
    yield (
        f"{mark} {way.name} (project {way.project or 'any'}, operator {way.operator or 'any'},"
        f" country {way.country or 'any'}, class {way.message_class or 'any'},"
        f" priority {way.priority}, prefers {way.prefers}): {told.because}"
    )
    yield from map(_step, told.steps)


def _step(told: StepTold) -> str:
    step = told.step
    dealt = told.idle_because if told.idle else f"{told.share} %"
    return (
        f"    step {step.position}: {step.carrier}, circuit {step.circuit},"
        f" priority {step.priority}, weight {step.weight}, cost {told.cost or 'unknown'};"
        f" new messages {dealt};"
        f" served by {', '.join(told.servers) or 'nobody'}"
    )


def _verdict(explanation: Explanation) -> str:
    winner, step = explanation.winner, explanation.step
    if winner is None or step is None:
        return "No route fits: the message would be refused with no_route."
    served = ", ".join(step.servers) or "nobody: it waits"
    return f"This number goes to {winner.way.name}, step {step.step.position}, served by {served}."


def _document(explanation: Explanation) -> dict[str, Any]:
    """Codes instead of sentences."""
    wanted, step = explanation.wanted, explanation.step
    return {
        "number": explanation.number,
        "country": wanted.country,
        "operator": wanted.operator,
        "class": wanted.message_class,
        "project": explanation.project,
        "route": explanation.winner.way.name if explanation.winner else None,
        "step": step.step.position if step else None,
        "sent_by": list(step.servers) if step else [],
        "candidates": [_candidate(told) for told in explanation.ways],
    }


def _candidate(told: WayTold) -> dict[str, Any]:
    way = told.way._asdict()
    return {
        **{name: way[name] for name in _WAY_SHOWN},
        "wins": told.why_not is None,
        "why_not": told.why_not,
        "steps": [
            {
                **told_step.step._asdict(),
                "share_percent": told_step.share,
                "served_by": list(told_step.servers),
                "idle": told_step.idle,
            }
            for told_step in told.steps
        ],
    }


_WAY_SHOWN = (
    "route_id", "name", "project_id", "operator", "country", "message_class", "priority",
    "prefers", "is_active",
)  # fmt: skip
