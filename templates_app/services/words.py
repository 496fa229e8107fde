"""Words that nobody may say, or not without a second look: kept in lists, found however written."""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from smsplatform.core.errors import DomainError
from smsplatform.core.remember import for_a_second
from smsplatform.core.text import normalise
from smsplatform.core.text.wordfinder import Finder, Place
from templates_app.models import TemplateVersion, WordList, WordListVersion
from templates_app.services import rendering

_REJECT, _REVIEW = WordList.Level.REJECT.value, WordList.Level.REVIEW.value
_LONGEST_WORD = 80
# Where one sentence or item ends and the next begins.
_STOP = re.compile("[。！？；，、：,;!?:\n]")


class WordInvalid(DomainError):
    code = "word_invalid"
    status = 422
    message = _("“{word}” cannot be a word: 1 to 80 characters, some of them letters or digits.")


@dataclass(frozen=True, slots=True)
class Hit:
    """`start` and `end` are characters of the text as it was given."""

    word: str
    level: str
    list_name: str
    sector: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Caught:
    version: TemplateVersion
    hits: Sequence[Hit]


# Version, name, level and sector of a list in force.
_List = tuple[int, str, str, str]


class _Compiled:
    def __init__(self, entries: Sequence[tuple[str, _List]]) -> None:
        self._entries = entries
        self._finder = Finder(word for word, _of in entries)

    def hits(self, text: str) -> list[Hit]:
        return [self._hit(text, place) for place in self._finder.find(text)]

    def _hit(self, text: str, place: Place) -> Hit:
        word, (_version, name, level, sector) = self._entries[place.number]
        # The end of one sentence and the start of the next may spell a word by chance.
        if level == _REJECT and _STOP.search(text, place.start, place.end):
            level = _REVIEW
        return Hit(word, level, name, sector, place.start, place.end)


def match(texts: Iterable[str]) -> list[list[Hit]]:
    """One list of hits for each text. Lists changed within the last second may not count yet."""
    compiled = _in_force()
    return [compiled.hits(text) for text in texts]


def in_body(body: str) -> list[Hit]:
    """Of a template: no word reaches across a variable, nor into its name."""
    return match([rendering.without_variables(body)])[0]


def revise(
    *, word_list: WordList, words: Iterable[str], by: User | None, now: datetime
) -> WordListVersion:
    """A new version, unless it would say the same. Raises WordInvalid."""
    wanted = cleaned(words)
    with transaction.atomic():
        WordList.objects.select_for_update().get(pk=word_list.pk)
        latest = word_list.versions.order_by("-number").first()
        if latest is not None and latest.words == wanted:
            return latest
        return WordListVersion.objects.create(
            word_list=word_list,
            number=latest.number + 1 if latest else 1,
            words=wanted,
            created_by=by,
            created_at=now,
        )


def current(word_list: WordList) -> list[str]:
    latest = word_list.versions.order_by("-number").first()
    return list(latest.words) if latest else []


def try_out(*, words: Iterable[str], last: int = 500) -> list[Caught]:
    """What a list of these words would have caught among the latest versions of templates."""
    compiled = _Compiled([(word, (0, "", _REJECT, "")) for word in cleaned(words)])
    latest = TemplateVersion.objects.select_related("template__account").order_by("-id")[:last]
    bodies = ((one, compiled.hits(rendering.without_variables(one.body))) for one in latest)
    return [Caught(one, hits) for one, hits in bodies if hits]


@for_a_second
def _in_force() -> _Compiled:
    latest = WordListVersion.objects.filter(word_list__is_active=True)
    newest = latest.order_by("word_list_id", "-number").distinct("word_list_id")
    facts = ("id", "word_list__name", "word_list__level", "word_list__sector")
    return _compiled(tuple(newest.values_list(*facts)))


@functools.lru_cache(maxsize=2)
def _compiled(lists: tuple[_List, ...]) -> _Compiled:
    by_id = {one[0]: one for one in lists}
    versions = WordListVersion.objects.filter(pk__in=by_id).order_by("id")
    return _Compiled([(word, by_id[one.pk]) for one in versions for word in one.words])


def cleaned(words: Iterable[str]) -> list[str]:
    """Each once. Raises WordInvalid for one that could never be found."""
    wanted = list(dict.fromkeys(stripped for word in words if (stripped := word.strip())))
    for word in wanted:
        if len(word) > _LONGEST_WORD or not normalise.fold(word):
            raise WordInvalid(word=word[:_LONGEST_WORD], field="words")
    return wanted
