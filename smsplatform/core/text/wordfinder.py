"""Words of a list, found in a text however they are written there."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from smsplatform.core.text import normalise

_ASCII_WORD = re.compile("[0-9A-Za-z]")


class Place(NamedTuple):
    """`number` is the word's, `start` and `end` are characters of the text as it was given."""

    number: int
    start: int
    end: int


class Finder:
    def __init__(self, words: Iterable[str]) -> None:
        self._folded = [normalise.fold(word) for word in words]
        self._automaton = AhoCorasick(self._folded)

    def find(self, text: str) -> Iterator[Place]:
        """As one reads; of two that begin together the longer first."""
        found = self._automaton.find_matches_as_indexes(normalise.fold(text), overlapping=True)
        if not found:
            return iter(())
        spans = normalise.fold_with_places(text)
        places = (Place(index, *spans.span(start, end)) for index, start, end in found)
        whole = [place for place in places if not self._is_within_word(text, place)]
        return iter(sorted(whole, key=lambda place: (place.start, -place.end)))

    def _is_within_word(self, text: str, place: Place) -> bool:
        """Latin words are found as words: no list means the middle of a longer one."""
        folded = self._folded[place.number]
        before, after = text[place.start - 1 : place.start], text[place.end : place.end + 1]
        return bool(
            (folded[0].isascii() and _ASCII_WORD.match(before))
            or (folded[-1].isascii() and _ASCII_WORD.match(after))
        )
