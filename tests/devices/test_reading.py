"""Reading strictly: local times of makers that know no offset."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Refusal
from devices.drivers.reading import Fields

NEW_YORK = "America/New_York"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read(text: object, timezone: str = NEW_YORK, received_at: datetime = NOON) -> datetime:
    return Fields({"time": text}).local_instant("time", timezone, received_at)


def test_local_time_is_of_the_sites_own_timezone():
    at = datetime(2026, 11, 23, 8, 30, 15, tzinfo=UTC)
    assert read("2026-11-23 16:30:15", "Asia/Shanghai") == at
    assert read("2026-11-23 03:30:15") == at


def test_an_hour_that_comes_twice_is_the_one_that_it_arrived_in():
    # New York, 1 November 2026: 02:00 EDT is 01:00 EST.
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert read("2026-11-01 01:30:00", received_at=first) == first
    assert read("2026-11-01 01:30:00", received_at=second) == second


def test_an_hour_that_is_left_out_is_as_if_the_clocks_had_not_moved():
    # New York, 8 March 2026: 02:00 EST is 03:00 EDT.
    assert read("2026-03-08 02:30:00") == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-23T03:30:15Z", "2026-13-23 03:30:15", "0001-01-01 00:00:00", "now", 5, None],
)
def test_what_is_no_local_time_is_refused_by_the_name_of_its_field(text):
    with pytest.raises(Refusal) as refused:
        read(text, "Asia/Shanghai")
    assert refused.value.field == "time"
