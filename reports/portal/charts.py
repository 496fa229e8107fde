"""Bars of a chart as numbers, which the template draws: nothing is styled inline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from reports.queries import Bucket, Outcome

LABELS: dict[Outcome, Any] = {
    Outcome.DELIVERED: _("delivered"),
    Outcome.UNDERWAY: _("on the way"),
    Outcome.UNKNOWN: _("no receipt"),
    Outcome.LOST: _("not delivered"),
}
HEIGHT = 220
_TOP, _BOTTOM, _LEFT = 12, 24, 44
_PLOT = HEIGHT - _TOP - _BOTTOM
_NICE = (1, 2, 4, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Segment:
    outcome: Outcome
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """`label` is empty where the axis has no room for it; `name` never is."""

    x: float
    middle: float
    width: float
    name: str
    label: str
    total: int
    counts: list[tuple[Any, int]]
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Line:
    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    shape: str
    width: int
    height: int
    left: int
    floor: int
    bars: list[Bar]
    lines: list[Line]


def both(buckets: Sequence[Bucket]) -> list[Chart]:
    """One for a desk and one for a phone, where the wide one's letters would be too small."""
    return [
        draw(buckets, shape="wide", width=1040, most_labels=12),
        draw(buckets, shape="narrow", width=340, most_labels=5),
    ]


def draw(buckets: Sequence[Bucket], *, shape: str, width: int, most_labels: int) -> Chart:
    top = _nice(max((bucket.total for bucket in buckets), default=0))
    slot = (width - _LEFT) / max(1, len(buckets))
    every = -(-len(buckets) // most_labels)
    bars = [
        _bar(bucket, _LEFT + slot * position, slot, top, has_label=position % every == 0)
        for position, bucket in enumerate(buckets)
    ]
    lines = [Line(_y(value, top), value) for value in sorted({0, top // 2, top})]
    return Chart(shape, width, HEIGHT, _LEFT, HEIGHT - _BOTTOM, bars, lines)


def legend(buckets: Sequence[Bucket]) -> list[tuple[Outcome, Any, int]]:
    return [
        (outcome, label, sum(bucket.outcomes.get(outcome, 0) for bucket in buckets))
        for outcome, label in LABELS.items()
    ]


def _bar(bucket: Bucket, x: float, slot: float, top: int, *, has_label: bool) -> Bar:
    name = _name(bucket)
    width = slot * 0.72
    return Bar(
        x=round(x + slot * 0.14, 1),
        middle=round(x + slot / 2, 1),
        width=round(width, 1),
        name=name,
        label=name if has_label else "",
        total=bucket.total,
        counts=[(label, bucket.outcomes.get(outcome, 0)) for outcome, label in LABELS.items()],
        segments=_segments(bucket, top),
    )


def _segments(bucket: Bucket, top: int) -> list[Segment]:
    segments, below = [], 0
    for outcome in LABELS:
        if count := bucket.outcomes.get(outcome, 0):
            y = _y(below + count, top)
            segments.append(Segment(outcome, y, round(_y(below, top) - y, 1)))
            below += count
    return segments


def _y(value: int, top: int) -> float:
    return round(_TOP + _PLOT * (1 - value / top), 1)


def _nice(most: int) -> int:
    """The smallest round number that is not below the highest bar."""
    power = 1
    while True:
        for factor in _NICE:
            if factor * power >= max(most, 4):
                return factor * power
        power *= 10


def _name(bucket: Bucket) -> str:
    if isinstance(bucket.start, datetime):
        return date_format(bucket.start, "H:i", use_l10n=False)
    return date_format(bucket.start, pgettext("date format", "j M"), use_l10n=False)
