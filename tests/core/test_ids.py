"""Ids sort by time, a range of them is a range of time, and none tells of its neighbours."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from smsplatform.core import ids

_FIRST_SECOND = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
instants = st.builds(
    lambda seconds, micros: datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros),
    st.integers(_FIRST_SECOND, _LAST_SECOND),
    st.integers(0, 999_999),
)
NOW = datetime(2026, 5, 1, 12, 0, 0, 123_456, tzinfo=UTC)


@given(instants)
def test_an_id_is_a_uuid_of_version_7_and_tells_its_millisecond(instant):
    made = ids.one(instant)

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert timedelta(0) <= instant - ids.instant_of(made) < timedelta(milliseconds=1)


@given(instants, instants)
def test_ids_sort_as_their_instants_do(one, other):
    first, second = sorted([one, other])
    if second - first >= timedelta(milliseconds=1):
        assert ids.one(first) < ids.one(second)


@given(instants)
def test_the_first_id_of_an_instant_bounds_it(instant):
    millisecond = timedelta(milliseconds=1)

    assert ids.first_at(instant) <= ids.one(instant) < ids.first_at(instant + millisecond)
    assert ids.first_at(instant) > ids.one(instant - millisecond)


def test_a_series_ascends_within_its_millisecond_and_never_repeats():
    made = ids.series(NOW, 10_001)

    assert made == sorted(set(made))
    assert {ids.instant_of(one) for one in made} == {NOW.replace(microsecond=123_000)}
    assert {one.version for one in made} == {7}


def test_an_id_does_not_tell_its_neighbour():
    one, other, third = ids.series(NOW, 3)

    assert other.int - one.int != third.int - other.int
    assert other.int - one.int > 1


def test_an_instant_before_all_time_is_the_first_id():
    assert ids.first_at(datetime(1, 1, 1, tzinfo=UTC)).int >> 80 == 0
