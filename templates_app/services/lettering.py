"""What a signature may look like. Nothing is stored or asked here; limits come from the pack."""

import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import Sentence
from smsplatform.core.text import normalise
from templates_app.services.findings import Finding, in_order
from templates_app.services.packs import Level, Rules


def lint(text: str, rules: Rules, *, names: Sequence[str] = ()) -> Sequence[Finding]:
    """`names` are those the account is registered under: operators want to see one of them."""
    found = [*_shape(text, rules), *_words(text, rules)]
    if names and not any(_is_short_form(text, name) for name in names):
        found.append(
            _finding(
                Level.WARNING,
                "signature_not_of_name",
                _("Operators want a registered name, or a piece of one; else give evidence."),
            )
        )
    return in_order(found)


def _shape(text: str, rules: Rules) -> Iterator[Finding]:
    limits = rules.signature
    if not limits.shortest <= len(text) <= limits.longest:
        yield _finding(
            Level.ERROR,
            "signature_length",
            _("A signature has {shortest} to {longest} characters."),
            shortest=limits.shortest,
            longest=limits.longest,
        )
    foreign = re.search(f"[^{limits.characters}]", text)
    if foreign or text != text.strip():
        yield _finding(
            Level.ERROR,
            "signature_characters",
            _("A signature has letters and digits only: no brackets, symbols or outer spaces."),
        )
    if text.isdecimal():
        yield _finding(
            Level.ERROR, "signature_digits", _("A signature of digits alone names nobody.")
        )
    if rules.is_simplified and any(map(normalise.is_traditional, text)):
        yield _finding(
            Level.ERROR, "character_traditional", _("Write it in simplified characters.")
        )


def _words(text: str, rules: Rules) -> Iterator[Finding]:
    folded = normalise.fold(text)
    for word in rules.signature.unwanted:
        if normalise.fold(word) in folded:
            yield _finding(
                Level.ERROR,
                "signature_word",
                _("“{word}” cannot be part of a signature."),
                word=word,
            )


def _is_short_form(text: str, name: str) -> bool:
    return normalise.fold(text) in normalise.fold(name)


def _finding(level: Level, code: str, message: Sentence, **facts: object) -> Finding:
    return Finding(level, code, message, "text", facts=facts)
