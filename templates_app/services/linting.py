"""The one set of rules for the text of a template: while it is typed, on the reviewer's desk, and
before it is sent. Nothing is stored or asked here; limits and words come from the pack.

What passes without an error can be rendered with fitting values, in no more parts than are sent.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from django.utils.translation import gettext_lazy as _

from smsplatform.core.text import normalise
from templates_app.services import composing, destinations, rendering, variables
from templates_app.services.findings import Finding, in_order
from templates_app.services.packs import ClassRules, Level, Rules, Words
from templates_app.services.tails import Tail

_ERROR, _WARNING, _INFO = Level.ERROR, Level.WARNING, Level.INFO

_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_OTHER_SPELLING = re.compile(
    r"\{\{?\s*[A-Za-z]\w*\s*\}?\}|\$[A-Za-z]\w*|#[A-Za-z]\w*#|%[A-Za-z]\w*%"
)
# Line breaks apart: nothing that cannot be printed, and no half of a pair, can be sent.
_UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ue000-\uf8ff\ufff0-\uffff\U000e0000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """What is to be judged: `variables` are names and types, `bound` links and numbers on file,
    `tail` what is appended to every message of it."""

    message_class: str
    body: str
    variables: tuple[tuple[str, str], ...] = ()
    name: str = ""
    bound: tuple[str, ...] = ()
    tail: Tail | None = None

    @property
    def kinds(self) -> dict[str, str]:
        return dict(self.variables)


def lint(wording: Wording, rules: Rules) -> Sequence[Finding]:
    """The gravest first. A class that is not known is an error of its own."""
    class_rules = rules.classes.get(wording.message_class)
    if class_rules is None:
        return [Finding(_ERROR, "class_unknown", _("Choose a class."), "message_class")]
    found = [finding for rule in RULES for finding in rule(wording, rules, class_rules)]
    return in_order(found)


def _lengths(wording: Wording, rules: Rules, _of_class: ClassRules) -> Iterator[Finding]:
    error = partial(Finding, _ERROR)
    if not wording.body.strip():
        yield error("body_missing", _("Write the text."))
    if len(wording.body) > rules.longest_body:
        yield error(
            "body_too_long",
            _("The text may have {most} characters; it has {count}."),
            start=rules.longest_body,
            end=len(wording.body),
            facts={"most": rules.longest_body, "count": len(wording.body)},
        )
    if len(wording.name) > rules.longest_name:
        facts = {"most": rules.longest_name}
        yield error("name_too_long", _("The name may have {most} characters."), "name", facts=facts)


def _declarations(wording: Wording, rules: Rules, of_class: ClassRules) -> Iterator[Finding]:
    error = partial(Finding, _ERROR, field="variables")
    seen: set[str] = set()
    for name, kind in wording.variables:
        facts = {"name": name[:40], "type": kind[:40]}
        if not _VARIABLE_NAME.fullmatch(name):
            yield error(
                "variable_name_invalid",
                _("“{name}” cannot name a variable: letters, digits and _, a letter first."),
                facts=facts,
            )
        if name in seen:
            yield error("variable_twice", _("{name} is declared twice."), facts=facts)
        seen.add(name)
        if kind not in variables.TYPES:
            yield error("type_unknown", _("There is no type “{type}”."), facts=facts)
        elif kind not in rules.types:
            yield error(
                "type_not_here", _("{name} has a type that is not for this market."), facts=facts
            )
    if len(wording.variables) > of_class.most_variables:
        yield error(
            "too_many_variables",
            _("A text of this class may have {most} variables; there are {count}."),
            facts={"most": of_class.most_variables, "count": len(wording.variables)},
        )


def _placeholders(wording: Wording, rules: Rules, _of_class: ClassRules) -> Iterator[Finding]:
    """What the body names, and what was declared, are the same."""
    named: set[str] = set()
    for place in rendering.PLACEHOLDER.finditer(wording.body):
        at = partial(
            Finding, _ERROR, start=place.start(), end=place.end(), facts={"name": place[1]}
        )
        if place[1] not in wording.kinds:
            yield at("variable_undeclared", _("Say of which type {name} is."))
        elif place[1] in named and not rules.may_repeat_variables:
            yield at("variable_repeated", _("{name} may stand only once."))
        named.add(place[1])
    for name in wording.kinds.keys() - named:
        yield Finding(
            _ERROR,
            "variable_unused",
            _("{name} does not stand in the text; remove it, or write it there."),
            "variables",
            facts={"name": name[:40]},
        )


def _spelling(wording: Wording, _rules: Rules, _of_class: ClassRules) -> Iterator[Finding]:
    """Something that was meant as a variable and is none would be sent as it stands."""
    blank = rendering.without_variables(wording.body)
    for place in re.finditer(r"\$\{[^}]{0,40}\}?", blank):
        yield Finding(
            _ERROR,
            "placeholder_malformed",
            _("A variable is written ${{name}}: letters, digits and _, a letter first."),
            start=place.start(),
            end=place.end(),
            facts={"text": place[0]},
        )
        blank = blank[: place.start()] + " " * len(place[0]) + blank[place.end() :]
    for place in _OTHER_SPELLING.finditer(blank):
        yield Finding(
            _WARNING,
            "placeholder_other_spelling",
            _("“{text}” is sent as it stands. If you mean a variable, write ${{name}}."),
            start=place.start(),
            end=place.end(),
            facts={"text": place[0]},
        )


def _arrangement(wording: Wording, rules: Rules, _of_class: ClassRules) -> Iterator[Finding]:
    """Fixed text must stand around variables, or nobody can tell what will be said."""
    pieces = rendering.PLACEHOLDER.split(wording.body)
    fixed = sum(len(normalise.fold(piece)) for piece in pieces[::2])
    if len(pieces) > 1 and fixed < rules.fewest_fixed:
        yield Finding(
            _ERROR,
            "only_variables",
            _("A text of variables alone cannot be reviewed; write what is always said."),
        )
        return
    places = list(rendering.PLACEHOLDER.finditer(wording.body))
    for one, other in zip(places, places[1:], strict=False):
        if not wording.body[one.end() : other.start()].strip():
            yield Finding(
                _ERROR,
                "variables_adjacent",
                _("Write something between {one} and {other}."),
                start=one.start(),
                end=other.end(),
                facts={"one": one[1], "other": other[1]},
            )


def _characters(wording: Wording, rules: Rules, _of_class: ClassRules) -> Iterator[Finding]:
    for place in _UNPRINTABLE.finditer(wording.body):
        yield Finding(
            _ERROR,
            "character_unprintable",
            _("An invisible character stands here ({code}); delete it."),
            start=place.start(),
            end=place.end(),
            facts={"code": f"U+{ord(place[0]):04X}"},
        )
    for place in _foreign(rules.characters).finditer(wording.body) if rules.characters else ():
        if not _UNPRINTABLE.match(place[0]):
            yield Finding(
                _ERROR,
                "character_not_allowed",
                _("Operators refuse “{text}”: no emoji, special symbols or other alphabets."),
                start=place.start(),
                end=place.end(),
                facts={"text": place[0]},
            )
    for index, char in enumerate(wording.body) if rules.is_simplified else ():
        if normalise.is_traditional(char):
            yield Finding(
                _ERROR,
                "character_traditional",
                _("Write “{simplified}”: operators refuse the traditional “{text}”."),
                start=index,
                end=index + 1,
                facts={"text": char, "simplified": normalise.fold(char)},
            )


def _brackets(wording: Wording, _rules: Rules, _of_class: ClassRules) -> Iterator[Finding]:
    for place in re.finditer("[【】]", wording.body):
        yield Finding(
            _ERROR,
            "signature_in_body",
            _("【】 encloses the signature, which is added when a message is sent; leave it out."),
            start=place.start(),
            end=place.end(),
        )
    for place in re.finditer(r"\A\s*[\[\]]|[\[\]]\s*\Z", wording.body):
        yield Finding(
            _ERROR,
            "brackets_at_end",
            _("[ ] at either end is taken for a signature; leave it out."),
            start=place.start(),
            end=place.end(),
        )


def _codes(wording: Wording, rules: Rules, of_class: ClassRules) -> Iterator[Finding]:
    if of_class.codes is not None:
        count = sum(kind in rules.code_types for _name, kind in wording.variables)
        if count != of_class.codes:
            yield Finding(
                _ERROR,
                "code_variable_missing" if count < of_class.codes else "code_variables_too_many",
                _("A verification text has one variable of a code type; this one has {count}."),
                "variables",
                facts={"count": count},
            )
    folded = normalise.fold(rendering.without_variables(wording.body))
    wanted = of_class.code_words
    if wanted and not any(normalise.fold(word) in folded for word in wanted):
        yield Finding(
            _ERROR,
            "code_word_missing",
            _("A verification text says what it brings: {words}."),
            facts={"words": ", ".join(wanted[:4])},
        )


def _opt_out(wording: Wording, _rules: Rules, of_class: ClassRules) -> Iterator[Finding]:
    if wording.tail is not None:
        if not wording.tail.is_in(wording.body):
            yield Finding(
                _INFO,
                "opt_out_appended",
                _("“{text}” is appended to every message, and counted."),
                facts={"text": wording.tail.text},
            )
    elif of_class.opt_outs and not _has_opt_out(wording.body, of_class):
        yield Finding(
            _ERROR,
            "opt_out_missing",
            _("Tell the reader how to refuse: end with “{text}”."),
            start=len(wording.body),
            end=len(wording.body),
            facts={"text": of_class.opt_outs[0]},
        )


def _has_opt_out(body: str, of_class: ClassRules) -> bool:
    folded = normalise.fold(body)
    endings = (normalise.fold(one) for one in of_class.opt_outs)
    if of_class.is_opt_out_last:
        return folded.endswith(tuple(endings))
    return any(one in folded for one in endings)


def _unwanted(wording: Wording, _rules: Rules, of_class: ClassRules) -> Iterator[Finding]:
    sentences = {
        "opt_out_unwanted": _("“{text}”: only marketing texts carry words to opt out."),
        "marketing_unwanted": _("“{text}” is marketing; choose that class, or leave it out."),
        "contact_unwanted": _("“{text}” leads readers elsewhere, which operators refuse."),
    }
    folded = normalise.fold_with_places(rendering.without_variables(wording.body))
    for group in of_class.unwanted:
        for start, end in _occurrences(wording.body, folded, group):
            yield Finding(
                group.level,
                group.code,
                sentences[group.code],
                start=start,
                end=end,
                facts={"text": wording.body[start:end]},
            )


def _occurrences(body: str, folded: normalise.Folded, group: Words) -> Iterable[tuple[int, int]]:
    """Latin words as words of the text itself; others however they are written."""
    for word in group.words:
        if word.isascii():
            for place in _latin(word).finditer(body):
                yield place.span()
        else:
            plain = normalise.fold(word)
            for place in re.finditer(re.escape(plain), folded.text):
                yield folded.span(*place.span())


def _size(wording: Wording, rules: Rules, _of_class: ClassRules) -> Iterator[Finding]:
    """The worst case, with the longest signature there may be."""
    if has_unprintable(wording.body):
        return
    try:
        compiled = rendering.compiled(wording.body, wording.variables)
    except LookupError:
        return
    count = composing.compose(
        rendering.render(compiled, variables.longest(wording.variables)),
        signature="国" * rules.signature.longest,
        country=rules.country,
        tail=wording.tail,
    ).counted.count
    if count > rules.most_parts:
        yield Finding(
            _ERROR,
            "too_many_parts",
            _("With the longest values this makes {count} parts; at most {most} are sent."),
            facts={"count": count, "most": rules.most_parts},
        )


def _leads(wording: Wording, rules: Rules, of_class: ClassRules) -> Iterator[Finding]:
    return destinations.lint(wording.body, wording.kinds, wording.bound, rules, of_class)


RULES = (
    _lengths,
    _declarations,
    _placeholders,
    _spelling,
    _arrangement,
    _characters,
    _brackets,
    _codes,
    _opt_out,
    _unwanted,
    _leads,
    _size,
)


def has_unprintable(text: str) -> bool:
    return _UNPRINTABLE.search(text) is not None


@cache
def _foreign(characters: str) -> re.Pattern[str]:
    return re.compile(f"[^{characters}]")


@cache
def _latin(word: str) -> re.Pattern[str]:
    before = r"(?<![0-9A-Za-z])" if word[0].isalnum() else ""
    after = r"(?![0-9A-Za-z])" if word[-1].isalnum() else ""
    return re.compile(before + re.escape(word) + after, re.IGNORECASE)
