"""Lists of devices: whatever is answered or lost, they end as they are wanted."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock, jobs
from core.models import AuditEntry
from doors import services, time_profiles
from doors.device_lists import (
    comparing,
    driving,
    full_lists,
    outcomes,
    selectors,
    sending,
    widening,
)
from doors.models import Card, DeviceEntry, DeviceList, DeviceProfile, Right
from incidents.models import Incident
from tests.doors.device_lists.lists import (
    CONTROLLER,
    TERMINAL,
    Listed,
    end_rights,
    good_cards,
    loaded,
    lose,
    rights_of,
)
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("driver", [TERMINAL, CONTROLLER])
WAYS = ("answer", "lose the order", "lose the answer", "refuse", "expire")
OFFICE = [{"days": [0, 1, 2, 3, 4], "begins": "08:00", "ends": "18:00"}]


@BOTH
def test_who_has_a_right_is_loaded_and_who_has_none_is_deleted(driver):
    listed = Listed.build(driver)
    stays, goes = listed.resident(), listed.resident()
    listed.refresh()
    assert set(listed.states().values()) == {"wanted"}
    listed.bring_about()
    assert loaded(listed) == good_cards(stays, goes)
    end_rights(goes)
    listed.refresh()
    listed.bring_about()
    assert loaded(listed) == good_cards(stays)
    assert sorted(listed.states().values()) == ["gone", "on_device"]
    assert listed.row_of(stays).answer == "ok"


@BOTH
def test_a_lost_card_overtakes_those_who_wait(driver):
    listed = Listed.build(driver)
    person = listed.resident()
    listed.refresh()
    listed.bring_about()
    for _ in range(3):
        listed.resident()
    lose(person)
    listed.refresh()
    listed.step()
    assert not loaded(listed) & set(
        Card.objects.filter(person=person).values_list("number", flat=True)
    )


def test_a_card_that_is_lost_while_its_order_is_under_way_is_deleted_first():
    listed = Listed.build(TERMINAL)
    person = listed.resident()
    listed.refresh()
    sending.advance(listed.device.pk)
    lose(person)
    listed.card_of(person)
    listed.refresh()
    (order,) = listed.orders()
    listed.settle(order, "answer")
    assert listed.row_of(person).state == "removing"
    listed.bring_about()
    assert loaded(listed) == good_cards(person)


def test_a_changed_period_of_a_card_changes_its_entry_in_place():
    listed = Listed.build(CONTROLLER)
    person = listed.resident()
    listed.refresh()
    listed.bring_about()
    Right.objects.filter(person=person).update(ends_at=clock.now() + timedelta(days=9))
    listed.refresh()
    assert listed.row_of(person).state == "wanted"
    listed.bring_about()
    (args,) = listed.stored.values()
    assert args["ends"] < "2099"


def test_a_right_is_loaded_once_it_has_begun():
    listed = Listed.build(CONTROLLER)
    person = listed.resident()
    elsewhere = listed.add_door(2)
    begins_at = clock.now() + timedelta(hours=20)
    listed.grant(person, group=elsewhere, begins_at=begins_at)
    listed.refresh()
    listed.bring_about()
    (args,) = listed.stored.values()
    assert args["doors"] == [1]


def test_no_door_opens_for_longer_than_the_right_that_ends_first():
    listed = Listed.build(CONTROLLER)
    person = listed.resident()
    ends_at = clock.now() + timedelta(days=9)
    listed.grant(person, group=listed.add_door(2), ends_at=ends_at)
    listed.refresh()
    listed.bring_about()
    (args,) = listed.stored.values()
    assert args["doors"] == [1, 2]
    assert args["ends"] == clock.local(ends_at, listed.site.timezone).date().isoformat()


def test_a_door_opens_until_the_longest_of_its_rights_ends():
    listed = Listed.build(CONTROLLER)
    person = listed.resident()
    listed.grant(person, ends_at=clock.now() + timedelta(days=9))
    listed.refresh()
    listed.bring_about()
    (args,) = listed.stored.values()
    assert args["ends"] >= "2099"


CHANGES = st.sampled_from(["lose card", "new card", "end right", "new right", "nothing"])


@BOTH
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(CHANGES, st.booleans(), st.sampled_from(WAYS)), max_size=10))
def test_any_order_of_answers_and_losses_ends_as_it_is_wanted(driver, steps):
    with transaction.atomic():
        listed = Listed.build(driver)
        people = [listed.resident(), listed.resident()]
        listed.refresh()
        for number, (change, is_refreshed, way) in enumerate(steps):
            change_something(listed, people[number % 2], change)
            if is_refreshed:
                listed.refresh()
            listed.step(way, way)
        outcomes_again(listed)
        listed.refresh()
        listed.bring_about()
        wanted = [each for each in people if rights_of(each)]
        assert loaded(listed) <= good_cards(*wanted)
        assert all(loaded(listed) & good_cards(each) for each in wanted if good_cards(each))
        rows = DeviceEntry.objects.filter(device=listed.device, state="on_device")
        assert {row.key for row in rows} == set(listed.stored)
        assert all(row.loaded["digest"] == row.digest for row in rows)
        transaction.set_rollback(True)


def change_something(listed: Listed, person, change: str) -> None:
    if change == "lose card" and good_cards(person):
        for card in Card.objects.filter(person=person, state=Card.State.ACTIVE):
            services.report_lost(card, "test")
    elif change == "new card":
        listed.card_of(person)
    elif change == "end right":
        end_rights(person)
    elif change == "new right":
        listed.grant(person)


def outcomes_again(listed: Listed) -> None:
    """Send again what has failed, as the comparison of the night does."""
    for row in DeviceEntry.objects.filter(device=listed.device, state="failed"):
        outcomes.send_again(row)


def test_a_refusal_fails_after_some_attempts_and_silence_never_does():
    listed = Listed.build()
    person = listed.resident()
    listed.refresh()
    for _ in range(outcomes.MOST_ATTEMPTS + 8):
        listed.step("lose the order")
    assert (listed.row_of(person).state, listed.row_of(person).reason) == ("wanted", "no_answer")
    listed.bring_about()
    assert listed.row_of(person).state == "on_device"
    late = listed.resident()
    listed.refresh()
    for _ in range(outcomes.MOST_ATTEMPTS):
        listed.step("refuse")
    row = listed.row_of(late)
    assert (row.state, row.reason, row.answer) == ("failed", "refused", "busy")
    comparing.begin(listed.device)
    listed.bring_about()
    assert listed.row_of(late).state == "on_device"


def test_a_full_list_raises_one_incident_and_the_next_place_is_used():
    listed = Listed.build(CONTROLLER, places=2)
    people = [listed.resident() for _ in range(4)]
    listed.refresh()
    listed.bring_about()
    assert sorted(listed.states().values()) == ["failed", "failed", "on_device", "on_device"]
    assert DeviceList.objects.get(device=listed.device).full_since is not None
    on_it = [each for each in people if listed.row_of(each).state == "on_device"]
    end_rights(on_it[0])
    listed.refresh()
    listed.bring_about()
    assert sorted(listed.states().values()) == ["failed", "gone", "on_device", "on_device"]


def test_the_incident_of_a_full_list_names_how_many_wait():
    listed = Listed.build(CONTROLLER, places=1)
    [listed.resident() for _ in range(3)]
    listed.refresh()
    listed.bring_about()
    full_lists.raise_incident(listed.device.pk)
    full_lists.raise_incident(listed.device.pk)
    incident = Incident.objects.get(site=listed.site, kind="door_list_full")
    assert incident.severity == "moderate"


def test_one_that_was_to_be_deleted_meanwhile_is_not_kept_as_waiting_for_a_place():
    listed = Listed.build(CONTROLLER, places=0)
    person = listed.resident()
    listed.refresh()
    sending.advance(listed.device.pk)
    end_rights(person)
    listed.refresh()
    (order,) = listed.orders()
    listed.settle(order, "answer")
    listed.bring_about()
    assert set(listed.states().values()) == {"gone"}


@BOTH
def test_the_comparison_loads_what_is_missing_and_deletes_what_has_no_right(driver):
    listed = Listed.build(driver)
    kept, goes = listed.resident(), listed.resident()
    listed.refresh()
    listed.bring_about()
    end_rights(goes)
    own = dict(listed.stored)
    listed.refresh()
    listed.bring_about()
    missing = listed.row_of(kept).key
    (surplus,) = own.keys() - {missing}
    listed.stored = {surplus: own[surplus], "987": {**own[surplus], "card": 987}}
    comparing.begin(listed.device)
    listed.bring_about()
    found = DeviceList.objects.get(device=listed.device)
    kinds = {each["key"]: each["kind"] for each in found.differences}
    assert kinds == {missing: "missing", surplus: "surplus", "987": "stranger"}
    assert set(listed.stored) == {missing, "987"}
    assert selectors.summaries(listed.site)[0].difference_count == 3


def test_an_answer_without_a_list_is_no_empty_list():
    listed = Listed.build(CONTROLLER)
    person = listed.resident()
    listed.refresh()
    listed.bring_about()
    listed.execute = lambda order: {"ok": True}
    comparing.begin(listed.device)
    listed.bring_about()
    assert listed.row_of(person).state == "on_device"
    assert DeviceList.objects.get(device=listed.device).compared_at is None


def test_a_list_that_cannot_be_read_is_sent_anew_even_if_it_is_computed_meanwhile():
    listed = Listed.build(CONTROLLER)
    person = listed.resident()
    listed.refresh()
    listed.bring_about()
    comparing.want_again(DeviceEntry.objects.filter(device=listed.device))
    listed.refresh()
    assert listed.row_of(person).state == "wanted"
    listed.bring_about()
    assert listed.row_of(person).state == "on_device"


def test_orders_in_flight_are_bounded():
    listed = Listed.build(CONTROLLER)
    for _ in range(5):
        listed.resident()
    listed.refresh()
    driving.resume()
    driving.resume()
    assert len(listed.orders()) == 2


def test_a_device_that_is_off_gets_no_orders():
    listed = Listed.build()
    listed.resident()
    listed.refresh()
    type(listed.device).objects.filter(pk=listed.device.pk).update(state="offline")
    driving.resume()
    assert listed.orders() == []


def test_a_time_profile_is_stored_before_the_cards_that_need_it():
    listed = Listed.build(CONTROLLER)
    profile = time_profiles.create_profile(listed.site, "test", name="Office", windows=OFFICE)
    person = listed.resident(profile=profile)
    listed.refresh()
    listed.bring_about()
    stored = DeviceProfile.objects.get(device=listed.device)
    assert (stored.loaded, stored.number) == (True, 2)
    assert stored.wanted["times"] == [["08:00", "17:59"]]
    (args,) = listed.stored.values()
    assert (args["doors"], args["profiles"]) == ([], {"1": 2})
    assert listed.row_of(person).state == "on_device"
    assert widening.rights_to_widen(listed.device, person.pk) == []


def test_a_terminal_without_time_profiles_gets_a_right_once_it_is_widened_with_a_reason():
    listed = Listed.build(TERMINAL)
    profile = time_profiles.create_profile(listed.site, "test", name="Office", windows=OFFICE)
    person = listed.resident(profile=profile)
    listed.refresh()
    listed.bring_about()
    row = listed.row_of(person)
    assert (row.state, row.reason, listed.stored) == ("impossible", "profile", {})
    actor = staff()
    assert rejected(widening.widen, row, actor, " ")[0] == "reason"
    widening.widen(row, actor, "the guard lets nobody pass at night")
    listed.bring_about()
    assert loaded(listed) == good_cards(person)
    assert AuditEntry.objects.filter(action="widen door right").exists()
    again = rejected(widening.widen, listed.row_of(person), actor, "once more")
    assert again == ("entry", "nothing_to_widen")


def test_a_change_is_computed_by_a_job():
    listed = Listed.build()
    person = listed.resident()
    jobs.run_waiting()
    assert listed.row_of(person).state == "wanted"
