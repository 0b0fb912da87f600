"""Time profiles are made, explained and changed in the console."""

from datetime import date

import pytest

from core.models import UndoableChange
from doors.granting import RESIDENTS, grant
from doors.models import TimeProfile
from doors.time_profiles import set_open_hours
from estate.calendar import add_days, calendar_of
from estate.models import CalendarDay
from tests.browsers import text

pytestmark = pytest.mark.django_db

WINDOW = {"w0-days": ["0", "1", "2", "3", "4"], "w0-begins": "08:00", "w0-ends": "18:00"}
EMPTY = {"name": "Working hours", "first_on": "", "last_on": "", "windows": "0", "exceptions": "0"}


def test_a_profile_is_added_with_windows_and_holidays(here, manager):
    values = {**EMPTY, **WINDOW, "windows": "1", "exceptions": "2", "do": "save"}
    values |= {"e0-first": "2026-10-01", "e0-last": "2026-10-07", "e0-closed": "on"}
    values |= {"e1-first": "2026-10-10", "e1-begins": "09:00", "e1-ends": "00:00"}
    answer = manager.post(here.url("add_time_profile"), values)
    profile = TimeProfile.objects.get(site=here.site, name="Working hours")
    assert answer.headers["Location"] == here.url("time_profile", profile.pk)
    assert profile.windows == [{"days": [0, 1, 2, 3, 4], "begins": "08:00", "ends": "18:00"}]
    assert profile.exceptions == [
        {"first": "2026-10-01", "last": "2026-10-07", "windows": []},
        {
            "first": "2026-10-10",
            "last": "2026-10-10",
            "windows": [{"begins": "09:00", "ends": "24:00"}],
        },
    ]
    page = text(manager.get(here.url("time_profile", profile.pk), {"week": "2026-10-05"}))
    assert "Monday to Friday 08:00–18:00" in page
    assert "2026-10-01 to 2026-10-07: closed all day" in page
    assert page.count("closed all day") == 1 + 4
    assert "09:00–24:00" in page


def test_a_wrong_row_is_refused_at_its_field(here, manager):
    wrong = {**EMPTY, "windows": "1", "w0-begins": "08:00", "exceptions": "1"}
    wrong |= {"e0-first": "2026-10-07", "e0-last": "2026-10-01"}
    answer = manager.post(here.url("add_time_profile"), wrong)
    assert answer.status_code == 422
    window, exception = answer.context["editor"].windows[0], answer.context["editor"].exceptions[0]
    assert sorted(window.errors) == ["days", "ends"]
    assert list(exception.errors) == ["last"]


def test_rows_are_added_and_removed_without_losing_what_was_entered(here, manager):
    values = {**EMPTY, **WINDOW, "windows": "1"}
    page = manager.post(here.url("add_time_profile"), {**values, "do": "add windows"})
    editor = page.context["editor"]
    assert [form.initial["begins"] for form in editor.windows] == ["08:00", "08:00"]
    page = manager.post(here.url("add_time_profile"), {**values, "do": "remove w0"})
    assert page.context["editor"].windows == []
    assert page.context["editor"].profile.initial["name"] == "Working hours"


def test_a_profile_shows_what_uses_it_and_is_removed_only_unused(here, manager):
    profile = here.time_profile
    grant(here.door_group, "test", RESIDENTS, origin="occupancy", profile=profile)
    set_open_hours(here.door, "test", profile)
    page = text(manager.get(here.url("time_profile", profile.pk)))
    assert here.door.name in page
    assert "All who live or work at the site" in page
    answer = manager.post(here.url("remove_time_profile", profile.pk))
    assert "rights or doors use this time profile" in text(answer).lower()
    assert TimeProfile.objects.filter(pk=profile.pk).exists()


def test_a_change_made_meanwhile_is_not_overwritten_unseen(here, manager):
    address = here.url("change_time_profile", here.time_profile.pk)
    shown = manager.get(address).context["editor"].profile.initial["revision"]
    values = {**EMPTY, **WINDOW, "windows": "1", "do": "save"}
    assert manager.post(address, {**values, "revision": shown}).status_code == 303
    again = manager.post(address, {**values, "revision": shown, "name": "Late hours"})
    assert again.status_code == 422
    assert TimeProfile.objects.get(pk=here.time_profile.pk).name == "Working hours"


def test_holidays_are_added_to_several_profiles_and_undone(here, manager):
    address = f"{here.url('bulk_time_profiles', 'days')}?row={here.time_profile.pk}"
    values = {"first": "2026-10-01", "last": "2026-10-07", "closed": "on"}
    values["confirmed_rows"] = "1"
    answer = manager.post(address, values)
    assert answer.status_code == 204
    here.time_profile.refresh_from_db()
    assert here.time_profile.exceptions[0]["windows"] == []
    change = UndoableChange.objects.latest("pk")
    undone = manager.post(here.url("bulk_time_profiles", "undo"), {"change": change.pk})
    assert undone.status_code == 204
    here.time_profile.refresh_from_db()
    assert here.time_profile.exceptions == []


def test_what_holds_on_holidays_is_chosen_and_the_week_shows_it(here, manager):
    add_days(
        here.site, "test", name="National Day", first=date(2026, 10, 1), last=date(2026, 10, 2)
    )
    values = {**EMPTY, **WINDOW, "windows": "1", "do": "save"}
    values |= {"holidays": "other", "holiday_begins": "10:00", "holiday_ends": "12:00"}
    manager.post(here.url("add_time_profile"), values)
    profile = TimeProfile.objects.get(site=here.site, name="Working hours")
    assert profile.holiday_windows == [{"begins": "10:00", "ends": "12:00"}]
    page = text(manager.get(here.url("time_profile", profile.pk), {"week": "2026-09-28"}))
    assert "Holidays of the calendar: 10:00–12:00" in page
    assert page.count("other day") == 2
    form = manager.get(here.url("change_time_profile", profile.pk)).context["editor"].profile
    assert (form["holidays"].value(), form["holiday_ends"].value()) == ("other", "12:00")


@pytest.mark.parametrize(("choice", "stored"), [("", None), ("closed", [])])
def test_on_holidays_a_profile_rests_or_goes_by_the_day_of_the_week(here, manager, choice, stored):
    values = {**EMPTY, **WINDOW, "windows": "1", "do": "save", "holidays": choice}
    manager.post(here.url("add_time_profile"), values)
    assert TimeProfile.objects.get(name="Working hours").holiday_windows == stored


def test_one_of_two_times_of_holidays_is_refused_at_the_other(here, manager):
    values = {**EMPTY, "holidays": "other", "holiday_begins": "10:00", "do": "save"}
    answer = manager.post(here.url("add_time_profile"), values)
    assert answer.status_code == 422
    assert list(answer.context["editor"].profile.errors) == ["holiday_ends"]


def test_holidays_are_added_to_the_calendar_and_removed(here, manager):
    values = {"name": "National Day", "first": "2026-10-01", "last": "2026-10-07", "weekday": ""}
    assert manager.post(here.url("add_calendar_days"), values).status_code == 204
    values = {"name": "Working day", "first": "2026-10-10", "last": "", "weekday": "2"}
    assert manager.post(here.url("add_calendar_days"), values).status_code == 204
    page = text(manager.get(here.url("calendar")))
    assert "Working day" in page
    assert "Wednesday" in page
    days = CalendarDay.objects.filter(site=here.site, name="National Day").order_by("day")
    assert len(days) == 7
    rows = "&".join(f"row={day.pk}" for day in days)
    address = f"{here.url('bulk_calendar', 'remove')}?{rows}"
    assert manager.post(address, {"confirmed_rows": "7"}).status_code == 204
    assert list(calendar_of(here.site)) == [date(2026, 10, 10)]


def test_a_day_that_the_calendar_has_is_refused_at_its_field(here, manager):
    values = {"name": "National Day", "first": "2026-10-01", "last": "", "weekday": ""}
    manager.post(here.url("add_calendar_days"), values)
    answer = manager.post(here.url("add_calendar_days"), values)
    assert answer.status_code == 422
    assert "2026-10-01 is in the calendar" in text(answer)
