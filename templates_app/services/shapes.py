"""Whether what somebody wrote can be stored at all: lengths, choices, characters."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import Invalid, Problem

MOST_VARIABLES = 50
_LONGEST_NAME = 40
_CODE = re.compile("[0-9A-Za-z_-]{1,40}")


def check(model: type[models.Model], values: Mapping[str, object]) -> None:
    """Each value by the field of its name. Raises Invalid with every fault."""
    faults = _faults(model, values)
    if faults:
        raise Invalid(errors=faults)


def check_rows(field: str, rows: Iterable[models.Model]) -> None:
    """Rows that are about to be written, all at once."""
    faults: list[Problem] = []
    for index, row in enumerate(rows):
        names = [one.name for one in row._meta.concrete_fields if not one.is_relation]
        values = {name: getattr(row, name) for name in names if name != "id"}
        faults += [
            Problem(fault.code, fault.message, f"{field}[{index}].{fault.field}")
            for fault in _faults(type(row), values)
        ]
    if faults:
        raise Invalid(errors=faults)


def check_code(code: str) -> None:
    """A template's, as senders will write it."""
    if not _CODE.fullmatch(code):
        message = _("A code has up to 40 letters, digits, _ and -.")
        raise Invalid(errors=[Problem("code_invalid", message, "code")])


def check_variables(variables: Sequence[tuple[str, str]]) -> None:
    is_long = any(len(part) > _LONGEST_NAME for pair in variables for part in pair)
    if (
        is_long
        or len(variables) > MOST_VARIABLES
        or not all(_is_storable(part) for pair in variables for part in pair)
    ):
        message = _("At most {most} variables, with names and types of up to 40 characters.")
        raise Invalid(
            errors=[Problem("variables_invalid", message, "variables", {"most": MOST_VARIABLES})]
        )


def _faults(model: type[models.Model], values: Mapping[str, object]) -> list[Problem]:
    return [
        Problem("field_invalid", message, name)
        for name, value in values.items()
        for message in _messages(model._meta.get_field(name), value)
    ]


def _messages(field: Any, value: object) -> list[str]:
    if isinstance(value, str) and not _is_storable(value):
        return [str(_("This contains characters that cannot be stored."))]
    try:
        field.clean(value, None)
    except ValidationError as error:
        return error.messages
    return []


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
