"""What a service raises when it refuses. One handler (core.api, and the send door) answers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Sentence = str | Promise


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one field. `facts` fill the sentence when it is read, in that language."""

    code: str
    message: Sentence
    field: str = ""
    facts: Mapping[str, Any] = default(default_factory=dict)

    def sentence(self) -> str:
        return fill(self.message, self.facts)


class DomainError(Exception):
    """A refusal: a stable code for machines, a sentence for people, nothing changed."""

    code = "invalid"
    status = 400
    message: Sentence = _("The request was refused.")

    def __init__(
        self,
        *,
        errors: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
        field: str = "",
        **facts: Any,
    ) -> None:
        super().__init__(self.code)
        self.facts = facts
        self.headers = dict(headers or {})
        if self.status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"
        self.errors = list(errors)
        if field:
            self.errors.append(Problem(self.code, self.message, field, facts))

    def sentence(self) -> str:
        return fill(self.message, self.facts)


class NotFound(DomainError):
    code = "not_found"
    status = 404
    message = _("There is no such thing here.")


class Invalid(DomainError):
    """The shape is right and the meaning is not; `errors` says which field."""

    code = "invalid"
    status = 422
    message = _("Some fields are not right; see errors.")


class Internal(DomainError):
    code = "internal_error"
    status = 500
    message = _("Something broke on our side; nothing was changed. Tell us the request_id.")


class Unavailable(DomainError):
    """What we need is away for a moment; whoever asks again will be served."""

    code = "unavailable"
    status = 503
    message = _("We cannot answer this moment. Try again.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


def fill(message: Sentence, facts: Mapping[str, Any]) -> str:
    text = str(message)
    return text.format(**facts) if facts else text


def as_problem(error: DomainError, *, request_id: str) -> dict[str, Any]:
    """The RFC 9457 body, in the language that is active now."""
    return {
        "type": "about:blank",
        "status": error.status,
        "code": error.code,
        "message": error.sentence(),
        "errors": [
            {"field": problem.field, "code": problem.code, "message": problem.sentence()}
            for problem in error.errors
        ],
        "request_id": request_id,
    }
