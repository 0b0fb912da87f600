"""Fire release, lock-down, and doors that are opened by hand."""

import pytest

from core import clock
from devices import inbound
from devices.models import Command
from doors import (
    release,
)
from estate import services as estate
from incidents.models import Incident
from tests.devices.messages import own, up
from tests.doors.entrance import Entrance
from tests.factories import (
    DoorFactory,
    ReaderFactory,
    UserFactory,
)
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    return Entrance.build()


def test_fire_opens_for_everybody_over_any_lock_down(entrance):
    guard, second = staff(), UserFactory()
    release.begin_lock_down(entrance.group, guard, second, "intruder")
    person = entrance.resident()
    assert entrance.decides(person) == "lock_down"
    assert entrance.decides(person, direction="out") == "admitted"
    (command,) = release.begin_fire_release(entrance.group, "fire panel")
    assert (command.action, command.args) == ("open", {"door": 1})
    assert entrance.decides(value="99") == "fire"
    release.end_fire_release(entrance.group, guard, "drill is over")
    assert entrance.decides(person) == "lock_down"
    release.end_lock_down(entrance.group, guard, "all clear")
    assert entrance.decides(person) == "admitted"


def test_a_lock_down_needs_two_people_and_a_reason(entrance):
    guard = staff()
    begin = release.begin_lock_down
    assert rejected(begin, entrance.group, guard, guard, "intruder") == ("second", "same_person")
    assert rejected(begin, entrance.group, guard, UserFactory(), "") == ("reason", "missing")


def test_a_guard_opens_a_door_with_a_reason_and_the_passage_says_so(entrance):
    passage = release.open_door(entrance.door, staff(), "forgot the card")
    assert (passage.rule, passage.means, passage.granted) == ("by_hand", "remote", True)
    assert entrance.answers()[0].args == {"door": 1}
    assert rejected(release.open_door, entrance.door, staff(), " ") == ("reason", "missing")
    closed = DoorFactory(site=entrance.site)
    assert rejected(release.open_door, closed, staff(), "visitor") == ("door", "no_opener")


def test_a_release_input_opens_the_doors_of_its_groups_until_a_person_ends_it(entrance):
    second = DoorFactory(site=entrance.site)
    entrance.group.doors.add(second)
    other = ReaderFactory(site=entrance.site)
    estate.connect_device(second, other, "test")
    for active in (True, False):
        said = own(type="alarm", alarm="fire_release", active=active)
        inbound.accept(up(entrance.reader), said, clock.now())
    opened = Command.objects.filter(action="open", device__in=[entrance.reader, other])
    assert {command.device for command in opened} == {entrance.reader, other}
    assert entrance.decides(value="99") == "fire"
    assert Incident.objects.filter(site=entrance.site, kind="smoke_fire").exists()
