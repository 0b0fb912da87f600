"""The guard's desk: who a person is, what opens for them, and why not."""

import pytest
from django.urls import reverse

from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from doors import desk, release, services
from doors.models import Card, DoorPassage
from tests.browsers import hire, signed_in, text
from tests.doors.entrance import Entrance
from tests.factories import PersonFactory, UserFactory, VehicleFactory, VisitorPassFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    return Entrance.build()


@pytest.fixture
def guard(entrance):
    return signed_in(hire(entrance.site, StandardRole.GUARD))


def url(entrance, name, *args):
    return reverse(f"console:{name}", args=[entrance.site.slug, *args])


def test_a_person_is_found_by_name_plate_phone_and_card_number(entrance):
    person = entrance.resident()
    person.phone = "+8613800001234"
    person.save()
    VehicleFactory(person=person, plate="沪A77777")
    stranger = PersonFactory(site=entrance.site)
    for text_ in (person.name, "沪A77777", "1234", str(entrance.cards[person.pk])):
        found = desk.found(entrance.site, text_)
        assert person in found
        assert stranger not in found
    assert desk.found(entrance.site, "") == []


def test_the_verdict_is_that_of_the_door_and_records_nothing(entrance):
    resident, stranger = entrance.resident(), PersonFactory(site=entrance.site)
    assert desk.verdict(resident, entrance.door).opens
    refused = desk.verdict(stranger, entrance.door)
    assert not refused.opens
    assert refused.why
    release.begin_lock_down(entrance.group, staff(), UserFactory(), "intruder")
    assert not desk.verdict(resident, entrance.door).opens
    assert not DoorPassage.objects.filter(site=entrance.site).exists()


def test_the_card_of_a_person_says_which_credentials_open_doors(entrance):
    person = entrance.resident()
    card = Card.objects.get(person=person)
    services.report_lost(card, "test")
    (held,) = desk.credentials_of(person)
    assert not held.opens


def test_a_guard_finds_a_person_and_sees_whether_they_may_come_in(entrance, guard):
    person = entrance.resident()
    entrance.asks(person)
    assert url(entrance, "issue_visit") in text(guard.get(url(entrance, "guard_desk")))
    link = url(entrance, "desk_person", person.pk)
    assert link in text(guard.post(url(entrance, "find_at_desk"), {"q": person.name}))
    assert f"May come in at {entrance.door.name} now" in text(guard.get(link))
    read = AuditEntry.objects.filter(site=entrance.site, action="read person at desk")
    assert read.get().subject_id == str(person.pk)


def test_the_desk_lists_who_is_inside_and_overdue(entrance, guard):
    now = clock.now()
    VisitorPassFactory(site=entrance.site, visitor_name="On time", entered_at=now)
    late = VisitorPassFactory(site=entrance.site, visitor_name="Too late", entered_at=now)
    late.ends_at = now
    late.save()
    shown = text(guard.get(url(entrance, "guard_desk")))
    assert shown.index("Too late") < shown.index("On time")


def test_the_door_of_the_desk_is_remembered(entrance, guard):
    other = Entrance.build(site=entrance.site)
    person = entrance.resident()
    guard.get(url(entrance, "guard_desk"), {"door": other.door.pk})
    shown = text(guard.get(url(entrance, "desk_person", person.pk)))
    assert f"May not come in at {other.door.name} now" in shown
