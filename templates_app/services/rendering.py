"""A template and its parameters become what the recipient reads, or a reason why not.

Types are data: a pattern, and what to say when a value does not match it.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import Problem

PLACEHOLDER = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]{0,31})\}")


@dataclass(frozen=True, slots=True)
class VariableType:
    pattern: re.Pattern[str]
    hint: Promise | str


TYPES: dict[str, VariableType] = {
    "code": VariableType(re.compile(r"[0-9]{4,8}"), _("4 to 8 digits")),
    "code_alnum": VariableType(re.compile(r"[0-9A-Za-z]{4,8}"), _("4 to 8 letters or digits")),
    "number": VariableType(re.compile(r"[0-9A-Za-z-]{1,35}"), _("1 to 35 letters, digits or -")),
    "amount": VariableType(
        re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?|[零〇一二三四五六七八九十百千万亿元角分整]{1,20}"),
        _("a plain number without a currency sign"),
    ),
    "time": VariableType(
        re.compile(r"[0-9:/.年月日时分秒上下午 -]{2,25}"),
        _("a date or a time, like 2026-05-01 09:30"),
    ),
    "phone": VariableType(re.compile(r"\+?[0-9-]{5,15}"), _("a telephone number")),
    # No link and no second signature: those are what reviewers look for in the fixed text.
    "text": VariableType(
        re.compile(r"(?!.*(?:https?:|www\.|[【】\r\n]))(?=.*\S).{1,35}", re.IGNORECASE),
        _("1 to 35 characters without links, line breaks or 【】"),
    ),
}


class RenderingError(Exception):
    """The parameters do not fit; `problem.field` names the parameter."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Compiled:
    """A body cut at its placeholders: fixed, name, fixed, name, … fixed."""

    pieces: tuple[str, ...]
    types: Mapping[str, VariableType]


@functools.lru_cache(maxsize=4096)
def compiled(body: str, variables: tuple[tuple[str, str], ...]) -> Compiled:
    """Raises LookupError for an unknown type, or where the body names what is no variable."""
    pieces = tuple(PLACEHOLDER.split(body))
    types = {name: TYPES[kind] for name, kind in variables}
    undeclared = set(pieces[1::2]) - types.keys()
    if undeclared:
        raise LookupError(f"not among the variables: {sorted(undeclared)}")
    return Compiled(pieces, types)


def render(template: Compiled, params: Mapping[str, Any]) -> str:
    """Raises RenderingError for a missing, surplus or unfitting parameter."""
    if params.keys() != template.types.keys():
        raise RenderingError(_difference(template, params))
    for name, kind in template.types.items():
        value = params[name]
        if not isinstance(value, str) or not kind.pattern.fullmatch(value):
            raise RenderingError(
                Problem(
                    "parameter_invalid",
                    _("The parameter {name} must be {hint}."),
                    f"params.{name}",
                    {"name": name, "hint": kind.hint},
                )
            )
    pieces = list(template.pieces)
    pieces[1::2] = [params[name] for name in pieces[1::2]]
    return "".join(pieces)


def _difference(template: Compiled, params: Mapping[str, Any]) -> Problem:
    missing = sorted(template.types.keys() - params.keys())
    if missing:
        return Problem(
            "parameter_missing",
            _("The template needs the parameter {name}."),
            f"params.{missing[0]}",
            {"name": missing[0]},
        )
    surplus = sorted(params.keys() - template.types.keys())[0]
    return Problem(
        "parameter_surplus",
        _("The template has no parameter {name}; remove it."),
        f"params.{surplus[:40]}",
        {"name": surplus[:40]},
    )
