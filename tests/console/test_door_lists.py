"""The console's pages of devices' lists: counts, entries, differences, and what people ask for."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from core.permissions import StandardRole
from doors import time_profiles
from doors.device_lists import comparing
from doors.models import DeviceEntry, DeviceList
from tests.browsers import hire, signed_in
from tests.doors.device_lists.lists import CONTROLLER, TERMINAL, Listed

pytestmark = pytest.mark.django_db
OFFICE = [{"days": [0, 1, 2, 3, 4], "begins": "08:00", "ends": "18:00"}]


class Desk:
    """A manager's browser at the site of a device with a list."""

    def __init__(self, listed: Listed) -> None:
        self.listed = listed
        self.client = signed_in(hire(listed.site, StandardRole.MANAGER))

    def path(self, rest: str = "") -> str:
        return f"/s/{self.listed.site.slug}/door-lists/{rest}"

    def page(self, rest: str = "") -> str:
        answer = self.client.get(self.path(rest))
        assert answer.status_code == 200
        return answer.content.decode()

    def press(self, rest: str, **data: str) -> int:
        return self.client.post(self.path(rest), data).status_code


def test_every_device_that_decides_is_listed_with_its_doors_and_counts():
    desk = Desk(Listed.build(TERMINAL))
    desk.listed.resident()
    desk.listed.refresh()
    desk.listed.bring_about()
    desk.listed.resident()
    desk.listed.refresh()
    text = desk.page()
    assert desk.listed.device.code in text
    assert desk.listed.group.doors.get().name in text
    assert "1 / 2" in text


def test_a_device_s_page_shows_its_entries_by_state_with_its_own_answer():
    listed = Listed.build(CONTROLLER, places=1)
    first, second = listed.resident(), listed.resident()
    listed.refresh()
    listed.bring_about()
    on_it, waits = sorted((first, second), key=lambda each: listed.row_of(each).state, reverse=True)
    desk, device = Desk(listed), listed.device.pk
    both = desk.page(f"{device}/?state=current")
    assert first.name in both
    assert second.name in both
    stuck = desk.page(f"{device}/?state=stuck")
    assert "the list is full" in stuck
    assert f">{waits.name}<" in stuck
    assert f">{on_it.name}<" not in stuck
    assert AuditEntry.objects.filter(action="read device list", subject_id=str(device)).exists()


def test_what_differs_is_shown_also_where_it_is_unknown_here():
    listed = Listed.build(TERMINAL)
    listed.resident()
    listed.refresh()
    listed.bring_about()
    listed.stored["987"] = {"card": 987}
    comparing.begin(listed.device)
    listed.bring_about()
    text = Desk(listed).page(f"{listed.device.pk}/?state=current")
    assert "987" in text
    assert "is unknown here" in text


def test_a_comparison_begins_at_the_button():
    listed = Listed.build(CONTROLLER)
    listed.resident()
    listed.refresh()
    listed.bring_about()
    assert Desk(listed).press(f"{listed.device.pk}/compare/") == 204
    listed.bring_about()
    assert DeviceList.objects.get(device=listed.device).compared_at is not None
    assert AuditEntry.objects.filter(action="compare device list").exists()


def test_a_failed_entry_is_tried_again_at_the_button():
    listed = Listed.build(CONTROLLER, places=0)
    person = listed.resident()
    listed.refresh()
    listed.bring_about()
    row = listed.row_of(person)
    assert row.state == "failed"
    listed.places = 10
    assert Desk(listed).press(f"entries/{row.pk}/again/") == 204
    listed.bring_about()
    assert listed.row_of(person).state == "on_device"


def test_a_right_is_widened_after_the_page_has_said_which_and_with_a_reason():
    listed = Listed.build(TERMINAL)
    profile = time_profiles.create_profile(listed.site, "test", name="Office", windows=OFFICE)
    person = listed.resident(profile=profile)
    listed.refresh()
    row, desk = listed.row_of(person), Desk(listed)
    asked = desk.page(f"entries/{row.pk}/widen/")
    assert "at all times" in asked
    assert "Office" in asked
    assert desk.press(f"entries/{row.pk}/widen/", reason="") == 422
    assert desk.press(f"entries/{row.pk}/widen/", reason="no guard at night") == 204
    listed.bring_about()
    assert listed.row_of(person).state == "on_device"
    assert "No time profile keeps" in desk.page(f"entries/{row.pk}/widen/")


def test_a_person_s_page_says_on_which_devices_the_person_is():
    listed = Listed.build(TERMINAL)
    person = listed.resident()
    listed.refresh()
    listed.bring_about()
    page = reverse("console:person", args=[listed.site.slug, person.pk])
    text = Desk(listed).client.get(page).content.decode()
    assert listed.device.code in text


def test_an_entry_of_a_deleted_person_stays_on_the_page_until_it_is_gone():
    listed = Listed.build(TERMINAL)
    person = listed.resident()
    listed.refresh()
    listed.bring_about()
    person.delete()
    assert "deleted person" in Desk(listed).page(f"{listed.device.pk}/?state=waiting")
    listed.bring_about()
    assert set(DeviceEntry.objects.values_list("state", flat=True)) == {"gone"}


def test_the_pages_ask_few_statements_however_many_entries(django_assert_max_num_queries):
    listed = Listed.build(CONTROLLER)
    for _ in range(12):
        listed.resident()
    listed.refresh()
    desk = Desk(listed)
    desk.page()
    desk.page(f"{listed.device.pk}/?state=current")
    with django_assert_max_num_queries(22):
        desk.page(f"{listed.device.pk}/?state=current")
