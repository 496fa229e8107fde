"""What the words of a trade would have caught among what customers submitted lately."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Qualification
from smsplatform.core.errors import Sentence
from smsplatform.core.text.wordfinder import Finder
from templates_app.models import TemplateVersion
from templates_app.services import rendering, words

DAYS = 30
# Of each kind, the latest.
MOST = 5_000


@dataclass(frozen=True, slots=True)
class Submitted:
    kind: Sentence
    account: str
    text: str


@dataclass(frozen=True, slots=True)
class Caught:
    submitted: Submitted
    words: tuple[str, ...]


def try_out(*, tried: Iterable[str], now: datetime) -> list[Caught]:
    """Newest first, qualifications before templates. Raises WordInvalid."""
    wanted = words.cleaned(tried)
    finder = Finder(wanted)
    rows = [*_qualifications(now), *_templates(now)]
    found = ((row, [wanted[place.number] for place in finder.find(row.text)]) for row in rows)
    return [Caught(row, tuple(dict.fromkeys(hits))) for row, hits in found if hits]


def _qualifications(now: datetime) -> Iterator[Submitted]:
    kind = Qualification._meta.verbose_name or ""
    rows = Qualification.objects.filter(submitted_at__gt=now - timedelta(days=DAYS))
    for row in rows.select_related("account").order_by("-submitted_at")[:MOST]:
        yield Submitted(kind, str(row.account), f"{row.name} {row.remark}".strip())


def _templates(now: datetime) -> Iterator[Submitted]:
    kind = TemplateVersion._meta.verbose_name or ""
    rows = TemplateVersion.objects.filter(submitted_at__gt=now - timedelta(days=DAYS))
    for row in rows.select_related("template__account").order_by("-submitted_at")[:MOST]:
        body = rendering.without_variables(row.body)
        yield Submitted(kind, str(row.template.account), body)
