"""The site's calendar: holidays, and days that count as another day of the week."""

from datetime import date, timedelta

import pytest

from core.errors import Rejection
from core.models import AuditEntry
from estate.calendar import MOST_DAYS, add_days, calendar_of, remove_days
from estate.models import CalendarDay
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 7)


@pytest.fixture
def site():
    return SiteFactory()


def test_each_day_of_a_holiday_is_in_the_calendar(site):
    add_days(site, "test", name=" National Day ", first=FIRST, last=LAST)
    calendar = calendar_of(site)
    assert sorted(calendar) == [FIRST + timedelta(days=number) for number in range(7)]
    assert set(calendar.values()) == {None}
    assert set(CalendarDay.objects.values_list("name", flat=True)) == {"National Day"}


def test_a_working_saturday_counts_as_the_day_that_it_makes_up_for(site):
    saturday = date(2026, 10, 10)
    add_days(site, "test", name="Working day", first=saturday, last=saturday, weekday=2)
    assert calendar_of(site) == {saturday: 2}


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"last": FIRST - timedelta(days=1)}, "last", "end_before_begin"),
        ({"last": FIRST + timedelta(days=MOST_DAYS)}, "last", "too_many"),
        ({"name": "x" * 81}, "name", "invalid"),
        ({"name": " "}, "name", "invalid"),
    ],
)
def test_days_that_are_not_valid_are_rejected_and_none_is_added(site, values, field, code):
    with pytest.raises(Rejection) as caught:
        add_days(site, "test", **{"name": "Holiday", "first": FIRST, "last": LAST, **values})
    assert (caught.value.field, caught.value.code) == (field, code)
    assert calendar_of(site) == {}


def test_a_day_is_in_the_calendar_once_and_the_rejection_names_it(site):
    add_days(site, "test", name="National Day", first=FIRST, last=FIRST)
    with pytest.raises(Rejection) as caught:
        add_days(site, "test", name="Week off", first=FIRST - timedelta(days=1), last=LAST)
    assert caught.value.code == "already_used"
    assert "2026-10-01 is in the calendar: National Day" in str(caught.value)
    assert list(calendar_of(site)) == [FIRST]


def test_removed_days_count_as_they_are_and_both_steps_are_audited(site):
    days = add_days(site, "test", name="National Day", first=FIRST, last=LAST)
    assert remove_days(site, "test", days[:2]) == [day.pk for day in days[:2]]
    assert remove_days(site, "test", days[:2]) == []
    assert min(calendar_of(site)) == FIRST + timedelta(days=2)
    actions = AuditEntry.objects.filter(site=site, action__endswith="calendar").order_by("pk")
    assert [entry.action for entry in actions] == [
        "add days to calendar",
        "remove days from calendar",
    ]
    assert actions[1].detail["dates"] == ["2026-10-01", "2026-10-02"]
