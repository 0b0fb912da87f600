"""What is kept of people at doors, for how long; and the profiles of doors."""

from datetime import timedelta

import pytest

from core import clock
from core.holdings import Identity
from core.jobs import run_waiting
from doors import (
    codes,
    granting,
    holdings,
    jobs,
    release,
    time_profiles,
    tokens,
)
from doors.granting import RESIDENTS
from doors.models import DoorPassage
from estate import services as estate
from people.periods import today
from tests.doors.entrance import ALWAYS, Entrance
from tests.factories import (
    DeviceFactory,
    DoorFactory,
)
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    return Entrance.build()


def test_old_passages_are_deleted_and_those_that_an_incident_needs_stay(entrance):
    person = entrance.resident()
    _token, pin = tokens.issue_pin(entrance.site, staff(), person=person)
    old, needed = entrance.asks(person), entrance.asks(means="pin", value=codes.twin_of(pin))
    run_waiting()
    fresh = entrance.asks(person)
    past = clock.now() - timedelta(days=31)
    DoorPassage.objects.filter(pk__in=[old.pk, needed.pk]).update(at=past)
    jobs.delete_door_passages()
    kept = DoorPassage.objects.filter(device=entrance.reader)
    assert set(kept) == {needed, fresh}


def test_a_person_s_data_at_doors_is_exported_and_erased(entrance):
    person = entrance.resident()
    tokens.issue_pin(entrance.site, staff(), person=person)
    entrance.asks(person)
    identity = Identity(entrance.site.pk, person.pk)
    found = {kind for kind, rows in holdings.export(identity) if len(rows) == 1}
    assert found == {"cards", "door credentials", "door rights", "door passages"}
    assert holdings.erase(identity).kept == {}
    assert all(not rows for _kind, rows in holdings.export(identity))


def test_credentials_end_after_their_last_day(entrance):
    person = entrance.resident()
    day = today(entrance.site) + timedelta(days=1)
    token, _pin = tokens.issue_pin(entrance.site, staff(), person=person, ends_on=day)
    assert jobs.end_cards(entrance.site.pk, day.isoformat()) == 1
    token.refresh_from_db()
    assert token.state == "ended"


def test_a_profile_in_use_is_not_removed_and_a_malformed_one_is_rejected(entrance):
    times = entrance.profile(ALWAYS)
    entrance.resident(profile=times)
    remove = time_profiles.remove_profile
    assert rejected(remove, times, staff()) == ("profile", "in_use")
    for windows in ([{"days": [7], "begins": "08:00", "ends": "09:00"}], [{"days": [1]}], ["x"]):
        made = {"name": "Other", "windows": windows}
        assert rejected(time_profiles.create_profile, entrance.site, staff(), **made) == (
            *("windows", "malformed"),
        )


def test_a_door_whose_device_holds_no_profile_is_not_open_to_all_by_one(entrance):
    door = DoorFactory(site=entrance.site, decides="device")
    controller = DeviceFactory(site=entrance.site, driver="uhppote", kind="door")
    estate.connect_device(door, controller, "test")
    times = entrance.profile(ALWAYS)
    assert rejected(time_profiles.set_open_hours, door, staff(), times) == (
        *("profile", "device_cannot"),
    )
    later = DoorFactory(site=entrance.site, decides="device")
    time_profiles.set_open_hours(later, staff(), times)
    assert rejected(estate.connect_device, later, controller, "test", number=2) == (
        *("decides", "device_cannot"),
    )


def test_reasons_that_name_a_person_are_exported_and_cleared(entrance):
    person, phone = entrance.resident(), "13800138000"
    release.open_door(entrance.door, staff(), f"let in {phone}")
    right = granting.grant(entrance.group, staff(), RESIDENTS, reason=f"asked by {phone}")
    identity = Identity(entrance.site.pk, person.pk, phones=(phone,))
    found = dict(holdings.export(identity))
    assert found["reasons at doors"][0]["reason"] == f"let in {phone}"
    holdings.erase(identity)
    right.refresh_from_db()
    passage = DoorPassage.objects.get(rule="by_hand")
    assert phone not in right.reason
    assert phone not in passage.facts["reason"]
