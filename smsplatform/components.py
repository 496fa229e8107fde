"""What the components of templates/components are made of: plain facts, no HTML."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from smsplatform.listing import Sorting

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Step:
    """Of a timeline. `tone` is a state's (core.tones); `code` is quoted as it came."""

    at: datetime
    title: Words
    tone: str = "going"
    detail: Words = ""
    code: str = ""
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    label: Words
    href: str
    is_current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Of a card. `value` may be safe HTML; `is_wide` takes the room of two."""

    label: Words
    value: Any
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before a deed. `action` is what the button says: the deed, never "OK"."""

    title: Words
    text: Words
    action: Words
    back: str
    is_danger: bool = True


@dataclass(frozen=True, slots=True)
class Column:
    """`sort` is the field that the list can be sorted by there, where it can."""

    label: Words
    sort: str = ""
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """A column as it is shown now; `to` is what the address says to turn it."""

    column: Column
    direction: str
    to: str


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands where nothing is: what it would be, and how to get there."""

    title: Words
    text: Words
    href: str = ""
    action: Words = ""
    steps: Sequence[Words] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """`row_template` writes one `row` as a <tr>. `export` is an address that takes the filter of
    the page. `empty` says what to do where no row is."""

    caption: Words
    columns: Sequence[Column]
    rows: Sequence[Any]
    row_template: str
    empty: Empty
    sorting: Sorting | None = None
    next_cursor: str = ""
    export: str = ""

    @property
    def headers(self) -> list[Header]:
        return [self._header(column) for column in self.columns]

    def _header(self, column: Column) -> Header:
        if not column.sort or self.sorting is None:
            return Header(column, "", "")
        if self.sorting.field != column.sort:
            return Header(column, "none", column.sort)
        if self.sorting.is_down:
            return Header(column, "descending", column.sort)
        return Header(column, "ascending", f"-{column.sort}")


@dataclass(frozen=True, slots=True)
class Series:
    """One number for each of the chart's names."""

    label: Words
    tone: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class Chart:
    """`key` names it on its page. `kind`: line, bar (beside each other), stack, or pie (of one
    series, its names the slices)."""

    key: str
    title: Words
    kind: str
    names: Sequence[str]
    series: Sequence[Series]
    first_heading: Words = _("Time")
    slice_tones: Sequence[str] = field(default=())

    @property
    def options(self) -> dict[str, Any]:
        """What static/charts.js draws."""
        return {
            "kind": self.kind,
            "names": [str(name) for name in self.names],
            "series": [
                {"label": str(each.label), "values": list(each.values)} for each in self.series
            ],
        }

    @property
    def legend(self) -> list[tuple[Words, str, int]]:
        if self.kind == "pie":
            return list(zip(self.names, self.slice_tones, self.series[0].values, strict=True))
        return [(each.label, each.tone, each.total) for each in self.series]

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        columns = zip(*(each.values for each in self.series), strict=True)
        return [(name, list(values)) for name, values in zip(self.names, columns, strict=True)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days, both included."""

    label: Words
    first_date: date
    last_date: date


def stretches(today: date) -> list[Stretch]:
    """What is asked for most."""
    return [
        Stretch(_("Today"), today, today),
        Stretch(_("7 days"), today - timedelta(days=6), today),
        Stretch(_("30 days"), today - timedelta(days=29), today),
        Stretch(_("This month"), today.replace(day=1), today),
    ]
