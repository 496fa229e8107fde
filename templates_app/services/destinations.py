"""Links and telephone numbers of a text: operators let through what was filed, and nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import Sentence
from smsplatform.core.text import links
from smsplatform.core.text.links import Found
from templates_app.services import rendering, variables
from templates_app.services.findings import Finding
from templates_app.services.packs import ClassRules, Level, Rules

_ERROR = Level.ERROR


def lint(
    body: str,
    kinds: Mapping[str, str],
    bound: Sequence[str],
    rules: Rules,
    of_class: ClassRules,
) -> Iterator[Finding]:
    filled = _Filled(body, kinds)
    yield from _links(filled, bound, rules, of_class)
    yield from _numbers(filled, bound, rules, of_class)


class _Hole(NamedTuple):
    """A variable: where its stand-in is, where it is itself in the body, and its type."""

    start: int
    end: int
    body_start: int
    body_end: int
    kind: str


class _Filled:
    """The body with a stand-in for each variable, of what its type may become beside a dot, and
    the way back from a place in it to a place in the body."""

    def __init__(self, body: str, kinds: Mapping[str, str]) -> None:
        pieces: list[str] = []
        self.holes: list[_Hole] = []
        at = last = 0
        for place in rendering.PLACEHOLDER.finditer(body):
            kind = kinds.get(place[1], "")
            fixed, stand_in = body[last : place.start()], _stand_in(kind)
            start = at + len(fixed)
            at = start + len(stand_in)
            self.holes.append(_Hole(start, at, place.start(), place.end(), kind))
            pieces += [fixed, stand_in]
            last = place.end()
        self.text = "".join((*pieces, body[last:]))

    def finding(self, found: Found) -> Callable[[Level, str, Sentence], Finding]:
        """Makes findings at that place."""

        def make(level: Level, code: str, message: Sentence) -> Finding:
            start, end = self._back(found.start, 0), self._back(found.end, 1)
            return Finding(level, code, message, "body", start, end, {"text": found.text})

        return make

    def inside(self, found: Found) -> list[_Hole]:
        return [hole for hole in self.holes if hole.start < found.end and found.start < hole.end]

    def _back(self, index: int, edge: int) -> int:
        shift = 0
        for hole in self.holes:
            if hole.start < index < hole.end:
                return (hole.body_start, hole.body_end)[edge]
            if hole.end <= index:
                shift = hole.body_end - hole.end
        return index + shift


def _stand_in(kind: str) -> str:
    known = variables.TYPES.get(kind)
    return "info" if known is None or known.may_make_link else "1"


def _links(
    filled: _Filled, bound: Sequence[str], rules: Rules, of_class: ClassRules
) -> Iterator[Finding]:
    found = links.links(filled.text)
    for link in found:
        yield from _link(link, filled, bound, rules, of_class)
    if of_class.may_link and len(found) > rules.most_links:
        facts = {"most": rules.most_links}
        yield Finding(_ERROR, "too_many_links", _("There may be {most} links."), facts=facts)


def _link(
    link: Found,
    filled: _Filled,
    bound: Sequence[str],
    rules: Rules,
    of_class: ClassRules,
) -> Iterator[Finding]:
    at = filled.finding(link)
    if not of_class.may_link:
        yield at(_ERROR, "link_unwanted", _("A text of this class carries no link."))
    elif any(not _may_end(hole, link, rules) for hole in filled.inside(link)):
        yield at(
            _ERROR,
            "variable_in_link",
            _("No variable may be part of a link, or stand so close that it could become one."),
        )
    elif links.is_short(link.text):
        yield at(_ERROR, "link_short", _("Write the address itself: {text} hides where it leads."))
    elif not any(links.is_covered(link.text, item) for item in bound):
        yield at(
            rules.unbound,
            "link_unbound",
            _("{text} is not among the links of this template; add it with its owner."),
        )


def _may_end(hole: _Hole, link: Found, rules: Rules) -> bool:
    """The last part of a filed address may be a variable of a narrow type."""
    before = link.text[: hole.start - link.start]
    is_last = hole.end == link.end
    return hole.kind in rules.link_types and is_last and "/" in before.rpartition("//")[2]


def _numbers(
    filled: _Filled, bound: Sequence[str], rules: Rules, of_class: ClassRules
) -> Iterator[Finding]:
    found = links.numbers(filled.text)
    for number in found:
        at = filled.finding(number)
        if filled.inside(number):
            yield at(_ERROR, "variable_in_number", _("No variable may be part of a number."))
        elif number.kind not in of_class.numbers:
            yield at(
                _ERROR,
                "number_unwanted",
                _("A text of this class cannot name {text}; see which kinds of numbers may."),
            )
        elif not any(links.is_same_number(number.text, item) for item in bound):
            yield at(
                rules.unbound,
                "number_unbound",
                _("{text} is not among the numbers of this template; add it with its owner."),
            )
    if of_class.numbers and len(found) > of_class.most_numbers:
        facts = {"most": of_class.most_numbers}
        yield Finding(
            _ERROR, "too_many_numbers", _("There may be {most} telephone numbers."), facts=facts
        )
