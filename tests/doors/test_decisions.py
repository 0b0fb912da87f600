"""A reader asks, and the person is let in or not: by card, PIN and code, with the reason."""

from datetime import timedelta

import pytest

from core import clock
from devices import inbound
from doors import (
    granting,
    passback,
    reading,
    services,
    time_profiles,
    tokens,
)
from doors.granting import RESIDENTS, Holder
from doors.models import DoorPassage, Presence, Token
from estate import calendar
from tests.devices.messages import own, up
from tests.doors.entrance import ALWAYS, NEVER, Entrance
from tests.factories import (
    DeviceFactory,
    OccupancyFactory,
    PersonFactory,
    ReaderFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    return Entrance.build()


def test_a_card_with_a_right_opens_and_the_reader_is_answered_by_its_question(entrance):
    passage = entrance.asks(entrance.resident(), id="q-1")
    (command,) = entrance.answers()
    assert (passage.outcome, passage.granted, passage.command) == ("open", True, command)
    assert (command.action, command.args) == ("open", {"ask_id": "q-1", "door": 1})
    assert [step["rule"] for step in passage.trace] == [
        *("fire", "device", "late", "without_credential", "lock_down", "open_hours"),
        *("credential", "right", "passback", "full", "second_factor", "admitted"),
    ]
    assert passage.device_granted is None


def test_a_door_tells_its_reader_for_how_long_to_unlock():
    entrance = Entrance.build(unlock_seconds=4, held_open_seconds=30)
    entrance.asks(entrance.resident())
    assert entrance.answers()[0].args["seconds"] == 4
    assert entrance.answers()[0].args["held_seconds"] == 30


def test_an_unknown_card_is_refused_without_telling_why(entrance):
    passage = entrance.asks(value="99", id="q-2")
    (command,) = entrance.answers()
    assert (passage.rule, passage.person, passage.credential) == ("unknown", None, "99")
    assert (command.action, command.args) == ("deny", {"ask_id": "q-2", "reason": "refused"})


def test_the_same_question_is_decided_once(entrance):
    person = entrance.resident()
    for _attempt in range(2):
        entrance.asks(person, id="q-3")
    assert DoorPassage.objects.filter(device=entrance.reader).count() == 1
    assert len(entrance.answers()) == 1


def test_a_device_that_serves_no_door_is_denied(entrance):
    person, stray = entrance.resident(), ReaderFactory(site=entrance.site)
    entrance.reader = stray
    assert entrance.decides(person) == "no_door"


def test_a_question_that_comes_late_opens_nothing(entrance):
    passage = entrance.asks(entrance.resident(), ago=timedelta(minutes=10))
    assert (passage.rule, passage.is_late) == ("late", True)


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        (lambda card: services.report_lost(card, staff()), "not_active"),
        (lambda card: services.suspend_card(card, staff(), "misuse"), "not_active"),
        (lambda card: services.return_card(card, staff()), "unknown"),
    ],
)
def test_a_card_that_is_not_active_opens_nothing(entrance, step, rule):
    person = entrance.resident()
    step(person.cards.get())
    assert entrance.decides(person) == rule


def test_a_card_of_another_facility_or_site_is_unknown(entrance):
    other = Entrance.build()
    person, card = other.resident(), PersonFactory(site=entrance.site)
    services.issue_card(
        entrance.site, staff(), person=card, format="wiegand26", facility=7, number=88
    )
    assert entrance.decides(value=str(other.cards[person.pk])) == "unknown"
    assert entrance.decides(value="8-88") == "unknown"
    assert entrance.decides(value="7-88") == "no_right"


def test_a_right_holds_in_its_times_and_its_period(entrance):
    person = entrance.resident(profile=entrance.profile(NEVER))
    assert entrance.decides(person) == "not_at_this_time"
    past = clock.now() - timedelta(days=2)
    earlier = entrance.resident(begins_at=past, ends_at=past + timedelta(days=1))
    assert entrance.decides(earlier) == "no_right"


def test_on_holidays_a_right_and_an_open_door_go_by_the_calendar(entrance):
    profile = entrance.profile(ALWAYS)
    person = entrance.resident(profile=profile)
    values = {"name": profile.name, "windows": profile.windows, "holiday_windows": []}
    time_profiles.change_profile(profile, staff(), **values)
    assert entrance.decides(person) == "admitted"
    today = clock.local(clock.now(), entrance.site.timezone).date()
    (holiday,) = calendar.add_days(entrance.site, staff(), name="Holiday", first=today, last=today)
    assert entrance.decides(person) == "not_at_this_time"
    time_profiles.set_open_hours(entrance.door, staff(), profile)
    assert not entrance.asks(value="99").granted
    calendar.remove_days(entrance.site, staff(), [holiday])
    assert entrance.asks(value="99").granted


def test_who_lives_in_a_building_gets_its_doors_and_loses_them_when_moving_out(entrance):
    home = OccupancyFactory(person__site=entrance.site)
    entrance.card_of(home.person)
    holder = Holder(building=home.unit.building)
    granting.grant(entrance.group, staff(), holder, origin="occupancy")
    assert entrance.decides(home.person) == "admitted"
    home.ends_on = clock.local(clock.now(), entrance.site.timezone).date()
    home.begins_on = home.ends_on - timedelta(days=30)
    home.save()
    assert entrance.decides(home.person) == "no_right"


def test_a_door_that_is_open_to_all_asks_for_no_card(entrance):
    time_profiles.set_open_hours(entrance.door, staff(), entrance.profile(ALWAYS))
    assert entrance.asks(value="99").granted
    time_profiles.set_open_hours(entrance.door, staff(), None)
    assert not entrance.asks(value="99").granted


def test_nobody_enters_twice_where_that_is_refused_until_a_guard_forgives_it():
    entrance = Entrance.build(passback="hard")
    person = entrance.resident()
    assert entrance.decides(person) == "admitted"
    assert entrance.decides(person) == "passback"
    assert entrance.answers()[-1].args["reason"] == "passback"
    assert passback.forgive(person, entrance.group, staff())
    assert not passback.forgive(person, entrance.group, staff())
    assert entrance.decides(person) == "admitted"
    assert entrance.decides(person, direction="out") == "admitted"
    assert entrance.decides(person) == "admitted"


def test_entering_twice_is_noted_where_it_is_only_noted():
    entrance = Entrance.build(passback="soft")
    person = entrance.resident()
    entrance.asks(person)
    passage = entrance.asks(person)
    noted = {step["rule"]: step["result"] for step in passage.trace}
    assert (passage.granted, noted["passback"]) == (True, "noted")


def test_a_zone_lets_in_as_many_as_it_has_room_for():
    entrance = Entrance.build(people_limit=1)
    first, second = entrance.resident(), entrance.resident()
    assert entrance.decides(first) == "admitted"
    assert entrance.decides(second) == "full"
    assert entrance.decides(first) == "admitted"  # who is inside takes no further place
    entrance.asks(first, direction="out")
    assert not Presence.objects.filter(zone=entrance.zone).exists()
    assert entrance.decides(second) == "admitted"


def test_a_door_with_a_second_factor_asks_for_one_of_the_same_person():
    entrance = Entrance.build(second_factor=True)
    person, other = entrance.resident(), entrance.resident()
    _token, pin = tokens.issue_pin(entrance.site, staff(), person=person)
    _other, others = tokens.issue_pin(entrance.site, staff(), person=other)
    assert entrance.decides(person) == "second_factor_missing"
    assert entrance.answers()[-1].args["reason"] == "second_factor"
    wrong = {"means": "pin", "value": others}
    assert entrance.decides(person, second=wrong) == "second_factor_wrong"
    card = {"means": "card", "value": str(entrance.cards[other.pk])}
    assert entrance.decides(person, second=card) == "second_factor_wrong"
    assert Token.objects.get(person=person).refusals == 1  # of the PIN alone
    assert entrance.decides(person, second={"means": "pin", "value": pin}) == "admitted"
    assert Token.objects.get(person=person).refusals == 0


def test_a_face_that_nobody_compared_opens_nothing(entrance):
    person = entrance.resident()
    assert entrance.decides(means="face", value=str(person.pk)) == "face_not_compared"


def test_what_a_device_decided_is_recorded_with_what_we_would_have_decided(entrance):
    person = entrance.resident()
    said = own(type="credential", means="card", value=str(entrance.cards[person.pk]), granted=False)
    inbound.accept(up(entrance.reader), said, clock.now())
    passage = DoorPassage.objects.get(device=entrance.reader)
    assert (passage.device_granted, passage.granted, passage.outcome) == (False, False, "open")
    assert entrance.answers() == []


def test_a_button_is_recorded_without_a_person(entrance):
    said = own(type="credential", means="button", granted=True)
    inbound.accept(up(entrance.reader), said, clock.now())
    passage = DoorPassage.objects.get(device=entrance.reader)
    assert (passage.outcome, passage.rule, passage.granted) == (
        "record",
        "without_credential",
        True,
    )


def test_a_controller_s_card_number_holds_its_facility(entrance):
    controller = DeviceFactory(
        site=entrance.site, driver="uhppote", kind="door", serial="405419896"
    )
    person = entrance.resident()
    services.issue_card(
        entrance.site, staff(), person=person, format="wiegand26", facility=81, number=65_538 - 10
    )
    shown = reading.find(entrance.site.pk, controller, None, "card", f"{81 * 100_000 + 65_528}")
    assert shown.person == person.pk


def test_people_are_counted_in_the_order_in_which_they_passed(entrance):
    person = entrance.resident()
    number = str(entrance.cards[person.pk])
    now = clock.now()

    def reports(direction: str, ago: int) -> None:
        at = now - timedelta(minutes=ago)
        said = own(
            at=at, type="credential", means="card", value=number, granted=True,
            direction=direction, buffered=True,
        )  # fmt: skip
        inbound.accept(up(entrance.reader), said, now)

    reports("out", 10)
    reports("in", 20)
    assert not Presence.objects.filter(person=person).exists()


def test_a_right_for_all_residents_is_for_those_who_live_there(entrance):
    home = OccupancyFactory(person__site=entrance.site)
    visitor = PersonFactory(site=entrance.site)
    for person in (home.person, visitor):
        entrance.card_of(person)
    granting.grant(entrance.group, staff(), RESIDENTS, origin="occupancy")
    assert entrance.decides(home.person) == "admitted"
    assert entrance.decides(visitor) == "no_right"


def test_a_decision_takes_few_statements(django_assert_max_num_queries):
    entrance = Entrance.build(passback="hard", people_limit=5)
    person = entrance.resident()
    # Some are the test's own, and the rules of alarms may be read again.
    with django_assert_max_num_queries(22):
        assert entrance.decides(person) == "admitted"
