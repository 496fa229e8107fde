"""A template and its parameters become what the recipient reads, or a reason why not."""

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import Problem
from smsplatform.core.text import normalise
from templates_app.services.variables import TYPES, VariableType

PLACEHOLDER = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]{0,31})\}")


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


def render(
    template: Compiled, params: Mapping[str, Any], *, others: Collection[str] = frozenset()
) -> str:
    """Raises RenderingError for a missing, surplus or unfitting parameter. `others` may be there
    although this text does not say them: its other languages do."""
    if params.keys() != template.types.keys():
        params = {name: params[name] for name in params if _is_of(name, template, others)}
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


def without_variables(body: str) -> str:
    """As long as before: no word reaches across a variable, nor into its name."""
    return PLACEHOLDER.sub(lambda place: normalise.GAP * len(place[0]), body)


def _is_of(name: str, template: Compiled, others: Collection[str]) -> bool:
    """Not of its other languages alone."""
    return name in template.types or name not in others


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
