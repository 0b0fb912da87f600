"""PINs, codes and phones at a door: what opens, and what is locked, used up or forged."""

import json
from datetime import timedelta

import pytest

from core import clock
from core.jobs import run_waiting
from core.models import AuditEntry
from devices import drivers
from devices.models import DeviceEvent
from doors import (
    codes,
    granting,
    phones,
    tokens,
)
from doors.granting import Holder
from doors.models import CodeUse
from estate import services as estate
from incidents.models import Incident
from tests.doors.entrance import Entrance
from tests.factories import (
    DoorFactory,
    PersonFactory,
)
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    return Entrance.build()


def test_a_pin_opens_and_is_stored_nowhere(entrance):
    person = entrance.resident()
    token, pin = tokens.issue_pin(entrance.site, staff(), person=person)
    passage = entrance.asks(means="pin", value=pin)
    assert (passage.rule, passage.token, passage.person) == ("admitted", token, person)
    assert passage.credential == ""
    stored = DeviceEvent.objects.filter(device=entrance.reader).latest("pk").detail
    assert pin not in json.dumps(stored)
    assert pin not in json.dumps(list(AuditEntry.objects.values("detail")))


def test_a_pin_under_duress_opens_as_always_and_calls_for_help(entrance):
    person = entrance.resident()
    _token, pin = tokens.issue_pin(entrance.site, staff(), person=person)
    passage = entrance.asks(means="pin", value=codes.twin_of(pin))
    assert (passage.granted, passage.is_duress, passage.person) == (True, True, person)
    (command,) = entrance.answers()
    assert "duress" not in json.dumps([command.args, command.reason])
    run_waiting()
    incident = Incident.objects.get(site=entrance.site, kind="duress")
    assert incident.severity == "extreme"


def test_duress_opens_where_the_person_is_thought_to_be_inside():
    entrance = Entrance.build(passback="hard")
    person = entrance.resident()
    _token, pin = tokens.issue_pin(entrance.site, staff(), person=person)
    entrance.asks(person)
    assert entrance.decides(means="pin", value=pin) == "passback"
    assert entrance.decides(means="pin", value=codes.twin_of(pin)) == "admitted"


def test_a_pin_is_locked_after_five_refusals_until_it_is_unlocked(entrance):
    stranger = PersonFactory(site=entrance.site)
    token, pin = tokens.issue_pin(entrance.site, staff(), person=stranger)
    assert [entrance.decides(means="pin", value=pin) for _ in range(6)] == [
        *["no_right"] * 5,
        "pin_locked",
    ]
    tokens.unlock_pin(token, staff())
    granting.grant(entrance.group, staff(), Holder(person=stranger), reason="works here")
    assert entrance.decides(means="pin", value=pin) == "admitted"


def test_a_door_takes_no_pin_for_a_while_after_five_unknown_ones(entrance):
    person = entrance.resident()
    _token, pin = tokens.issue_pin(entrance.site, staff(), person=person)
    taken = {pin, codes.twin_of(pin)}
    wrong = [f"{n:06}" for n in range(8) if f"{n:06}" not in taken][:6]
    rules = [entrance.decides(means="pin", value=each) for each in wrong]
    assert rules == [*["unknown"] * 5, "pins_paused"]


def test_a_code_opens_a_door_once_in_its_step_and_not_when_it_is_old(entrance):
    person, now = entrance.resident(), clock.now()
    token = tokens.issue_code(entrance.site, staff(), person=person)
    shown = tokens.shown_code(token, now)
    assert entrance.decides(means="qr", value=shown) == "admitted"
    again = entrance.asks(means="qr", value=shown)
    assert again.rule in ("code_used", "code_old")
    old = tokens.shown_code(token, now - timedelta(minutes=5))
    assert entrance.decides(means="qr", value=old) == "code_old"
    assert CodeUse.objects.filter(token=token).count() == 1


def test_a_code_opens_each_of_two_doors_in_one_step(entrance):
    """Who passes the gate and then the house shows one code twice: once at each door."""
    person, inner = entrance.resident(), DoorFactory(site=entrance.site)
    entrance.group.doors.add(inner)
    estate.connect_device(inner, entrance.reader, staff(), number=2)
    token = tokens.issue_code(entrance.site, staff(), person=person)
    shown = tokens.shown_code(token, clock.now())
    assert entrance.decides(means="qr", value=shown) == "admitted"
    assert entrance.decides(means="qr", value=shown, door=2) == "admitted"
    assert CodeUse.objects.filter(token=token).count() == 2


def test_a_printed_code_opens_as_often_as_it_is_shown_and_a_forged_one_never(entrance):
    person = entrance.resident()
    token = tokens.issue_code(entrance.site, staff(), person=person, is_static=True)
    shown = tokens.shown_code(token, clock.now())
    assert [entrance.decides(means="qr", value=shown) for _ in range(2)] == ["admitted"] * 2
    forged = f"GH1.{token.pk + 1}.0.{shown.rpartition('.')[2]}"
    assert entrance.decides(means="qr", value=forged) == "unknown"


def test_a_dead_letter_holds_no_pin():
    said = b'{"v":1,"type":"credential","means":"pin","value":"123456","door":99}'
    assert b"123456" not in drivers.driver("gatehouse").redact(said)


def test_a_phone_opens_like_a_card(entrance):
    person = entrance.resident()
    token = tokens.issue_phone(entrance.site, staff(), person=person)
    passage = phones.open_by_phone(token, entrance.door)
    assert (passage.granted, passage.rule, passage.person) == (True, "admitted", person)
    assert entrance.answers()[0].args == {"door": 1}
    tokens.suspend_token(token, staff(), "stolen")
    token.refresh_from_db()
    refused = phones.open_by_phone(token, entrance.door)
    assert (refused.granted, refused.rule) == (False, "not_active")
    assert len(entrance.answers()) == 1
    closed = DoorFactory(site=entrance.site)
    assert rejected(phones.open_by_phone, token, closed) == ("door", "no_opener")
