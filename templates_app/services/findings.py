"""What a rule found: for the editor's margin, the reviewer's list and the sender's refusal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

from smsplatform.core.errors import Problem, Sentence, fill
from templates_app.services.packs import Level


@dataclass(frozen=True, slots=True)
class Finding:
    """`start` and `end` are characters of the field; both 0 where the whole field is meant."""

    level: Level
    code: str
    message: Sentence
    field: str = "body"
    start: int = 0
    end: int = 0
    facts: Mapping[str, Any] = default(default_factory=dict)

    def sentence(self) -> str:
        return fill(self.message, self.facts)

    def problem(self) -> Problem:
        return Problem(self.code, self.message, self.field, self.facts)

    def as_json(self) -> dict[str, Any]:
        """In the language that is active now."""
        return {
            "level": str(self.level),
            "code": self.code,
            "message": self.sentence(),
            "field": self.field,
            "start": self.start,
            "end": self.end,
        }


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level == Level.ERROR]


def in_order(findings: Iterable[Finding]) -> Sequence[Finding]:
    """The gravest first, then as one reads."""
    gravity = list(Level)
    return sorted(findings, key=lambda one: (gravity.index(one.level), one.field, one.start))
