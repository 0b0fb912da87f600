"""A car at an entry: the checks in the specification's order, and the effect of each."""

from datetime import timedelta

import pytest

from access.models import PlateRead
from core import clock
from core.plates import fold
from estate.models import Lane
from incidents.models import Incident
from parking.models import LotRules, Stay, Tariff
from tests.factories import (
    AccessListEntryFactory,
    LaneFactory,
    VehicleFactory,
    VisitorPassFactory,
    WatchEntryFactory,
)
from tests.gate import GateScene, decision_of, open_commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def test_a_residents_car_is_let_in_and_its_stay_is_covered(gate):
    car = VehicleFactory(person__site=gate.site)
    passage = gate.sees(gate.entry, car.plate)
    assert (decision_of(passage).outcome, decision_of(passage).rule) == ("open", "resident")
    assert passage.state == "opening"
    assert open_commands(gate.entry) == 1
    assert Stay.objects.get(plate=car.plate).cover == "resident"


def test_a_car_on_the_allow_list_is_let_in(gate):
    entry = AccessListEntryFactory(site=gate.site)
    passage = gate.sees(gate.entry, entry.plate)
    assert decision_of(passage).rule == "allow_list"
    assert open_commands(gate.entry) == 1


def test_a_visitor_pass_lets_its_car_in_once(gate):
    visit = VisitorPassFactory(site=gate.site, entries_allowed=1)
    passage = gate.sees(gate.entry, visit.plate)
    visit.refresh_from_db()
    assert decision_of(passage).rule == "visitor_pass"
    assert visit.entries_used == 1
    assert Stay.objects.get().covered_until == visit.ends_at


def test_an_expired_visitor_pass_is_noted_and_the_car_pays_like_any_other(gate):
    ended = clock.now() - timedelta(minutes=5)
    visit = VisitorPassFactory(site=gate.site, ends_at=ended)
    decision = decision_of(gate.sees(gate.entry, visit.plate))
    noted = [step for step in decision.trace if step["rule"] == "visitor_pass"]
    assert noted[0]["facts"] == {"ended": visit.ends_at.isoformat()}
    assert decision.rule == "tariff"


def test_an_unknown_car_is_admitted_and_pays_by_the_tariff(gate):
    passage = gate.sees(gate.entry, "粤B12345")
    stay = Stay.objects.get()
    assert decision_of(passage).rule == "tariff"
    assert (stay.cover, stay.tariff, stay.entry_passage) == ("", Tariff.objects.get(), passage)


def test_an_unknown_car_waits_for_the_guard_where_the_lot_admits_none(gate):
    LotRules.objects.create(lot=gate.lot, admits_unknown=False)
    passage = gate.sees(gate.entry, "粤B12345")
    assert (passage.state, decision_of(passage).rule) == ("held", "unknown_car")
    assert open_commands(gate.entry) == 0
    assert not Stay.objects.exists()


def test_a_lot_without_a_tariff_admits_no_unknown_car_automatically():
    gate = GateScene.build(priced=False)
    assert decision_of(gate.sees(gate.entry, "粤B12345")).rule == "no_tariff"


def test_a_blocked_car_is_refused_even_if_it_is_a_residents(gate):
    car = VehicleFactory(person__site=gate.site)
    AccessListEntryFactory(site=gate.site, kind="block", plate=car.plate)
    passage = gate.sees(gate.entry, car.plate)
    assert (passage.state, decision_of(passage).rule) == ("refused", "block_list")
    assert open_commands(gate.entry) == 0


def test_an_ended_block_has_no_effect(gate):
    AccessListEntryFactory(
        site=gate.site, kind="block", plate="粤B12345", ends_at=clock.now() - timedelta(hours=1)
    )
    assert decision_of(gate.sees(gate.entry, "粤B12345")).rule == "tariff"


def test_lists_and_cars_of_another_site_have_no_effect(gate):
    AccessListEntryFactory(kind="block", plate="粤B12345")
    VehicleFactory(plate="粤B12345")
    assert decision_of(gate.sees(gate.entry, "粤B12345")).rule == "tariff"


def test_a_read_of_low_confidence_is_held_for_the_guard(gate):
    car = VehicleFactory(person__site=gate.site)
    passage = gate.sees(gate.entry, car.plate, confidence=0.60)
    assert (passage.state, decision_of(passage).rule) == ("held", "confidence")
    assert open_commands(gate.entry) == 0


def test_no_plate_and_no_photo_goes_to_the_guard(gate):
    passage = gate.sees(gate.entry, "_无_")
    assert (passage.state, passage.plate, decision_of(passage).rule) == ("held", "", "no_plate")


def test_the_only_look_alike_on_file_is_adopted_and_the_raw_text_is_kept(gate):
    VehicleFactory(person__site=gate.site, plate="沪A12B08")
    passage = gate.sees(gate.entry, "沪A128O8")
    assert (passage.plate, decision_of(passage).rule) == ("沪A12B08", "resident")
    texts = list(passage.reads.values_list("source", "raw_text", "text"))
    assert texts == [
        (PlateRead.Source.CAMERA, "沪A128O8", "沪A128O8"),
        (PlateRead.Source.MATCH, "沪A128O8", "沪A12B08"),
    ]


def test_a_look_alike_of_two_plates_on_file_is_not_adopted(gate):
    VehicleFactory(person__site=gate.site, plate="沪A12B08")
    VehicleFactory(person__site=gate.site, plate="沪A1280B")
    passage = gate.sees(gate.entry, "沪A128O8")
    assert (passage.plate, decision_of(passage).rule) == ("沪A128O8", "tariff")


def test_a_watch_listed_car_raises_one_incident_with_several_occurrences(gate):
    entry = WatchEntryFactory(site=gate.site)
    first = gate.sees(gate.entry, entry.plate)
    gate.sees(gate.entry, entry.plate)
    incident = Incident.objects.get()
    assert (incident.kind, incident.occurrences) == ("plate_watchlist", 2)
    assert (incident.state, incident.reviewed_by) == ("detected", None)
    assert decision_of(first).outcome == "open", "a guard's lane must not become a trap"


def test_a_hit_of_the_plate_is_likely_and_one_of_a_look_alike_possible_only(gate):
    entry = WatchEntryFactory(site=gate.site, plate="沪A12B08", folded=fold("沪A12B08"))
    gate.sees(gate.entry, "沪A128O8")
    incident = Incident.objects.get()
    assert (incident.certainty, incident.log.get().detail["lookalike"]) == ("possible", True)
    gate.sees(gate.entry, entry.plate)
    gate.sees(gate.entry, "沪A128O8")
    incident.refresh_from_db()
    assert incident.certainty == "likely", "the plate itself was seen once"


@pytest.mark.parametrize(("ends_in", "raised"), [(timedelta(seconds=5), 1), (timedelta(0), 0)])
def test_an_entry_that_has_ended_is_no_hit_at_the_lane_with_all_jobs_stopped(gate, ends_in, raised):
    now = clock.now()
    WatchEntryFactory(
        site=gate.site, plate="沪A12345", begins_at=now - timedelta(days=9), ends_at=now + ends_in
    )
    gate.sees(gate.entry, "沪A12345")
    assert Incident.objects.count() == raised


def test_a_watch_listed_car_is_held_if_the_lot_is_set_to_do_so():
    gate = GateScene.build(hold_watched=True)
    entry = WatchEntryFactory(site=gate.site)
    assert decision_of(gate.sees(gate.entry, entry.plate)).rule == "watch_list"


@pytest.mark.parametrize(
    "out_of_force",
    [
        {"approved_by": None, "approved_at": None},
        {"ends_at": clock.now() - timedelta(minutes=1)},
        {"begins_at": clock.now() + timedelta(hours=1)},
    ],
    ids=["unapproved", "ended", "not begun"],
)
def test_a_watch_list_entry_that_is_not_in_force_has_no_effect(gate, out_of_force):
    entry = WatchEntryFactory(site=gate.site, **out_of_force)
    gate.sees(gate.entry, entry.plate)
    assert not Incident.objects.exists()


def test_a_car_read_again_at_its_lane_opens_again_and_has_one_stay(gate):
    first = gate.sees(gate.entry, "粤B12345")
    again = gate.sees(gate.entry, "粤B12345")
    first.refresh_from_db()
    assert (decision_of(again).rule, again.state) == ("reread", "opening")
    assert first.state == "reread"
    assert Stay.objects.count() == 1


def test_a_plate_that_entered_moments_ago_is_held(gate):
    gate.sees(gate.entry, "粤B12345")
    gate.moves(gate.entry, "passed")
    other = LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot, direction="entry")
    passage = gate.sees(other, "粤B12345")
    assert (passage.state, decision_of(passage).rule) == ("held", "lock")


def test_a_second_entry_supersedes_the_older_stay_without_a_charge(gate):
    Lane.objects.update(reread_seconds=20)
    gate.sees(gate.entry, "粤B12345", ago=timedelta(seconds=50))
    gate.moves(gate.entry, "passed")
    gate.sees(gate.entry, "粤B12345")
    older, newer = Stay.objects.order_by("pk")
    assert (older.status, older.review, older.price) == ("superseded", ["superseded"], None)
    assert newer.status == "open"


def test_a_full_lot_holds_an_unknown_car_and_admits_a_resident():
    gate = GateScene.build(capacity=0)
    car = VehicleFactory(person__site=gate.site)
    assert decision_of(gate.sees(gate.entry, "粤B12345")).rule == "full"
    assert decision_of(gate.sees(gate.entry, car.plate)).rule == "resident"


def test_a_lane_for_some_plate_colours_holds_the_others(gate):
    gate.entry.plate_colours = ["blue", "green"]
    gate.entry.save()
    assert decision_of(gate.sees(gate.entry, "粤B12345", colour="yellow")).rule == "lane_class"
    assert decision_of(gate.sees(gate.entry, "粤B54321", colour="green")).rule == "tariff"


def test_a_delayed_message_opens_no_barrier(gate):
    passage = gate.sees(gate.entry, "粤B12345", ago=timedelta(minutes=5))
    assert (passage.state, decision_of(passage).rule) == ("held", "late")


def test_a_message_of_a_camera_with_a_slow_clock_is_not_delayed(gate):
    gate.entry.camera.clock_offset_ms = -300_000
    gate.entry.camera.save()
    passage = gate.sees(gate.entry, "粤B12345", skew=-timedelta(minutes=5))
    assert decision_of(passage).outcome == "open"


@pytest.mark.parametrize("offset_s", [120, 61, 3600, -120])
@pytest.mark.parametrize("delay_s", [0, 2, 59])
def test_a_message_whose_own_time_is_near_ours_is_never_late(gate, offset_s, delay_s):
    gate.entry.camera.clock_offset_ms = offset_s * 1000
    gate.entry.camera.save()
    passage = gate.sees(gate.entry, "粤B12345", ago=timedelta(seconds=delay_s))
    assert decision_of(passage).rule != "late"


def test_a_car_that_turns_back_leaves_no_stay(gate):
    gate.sees(gate.entry, "粤B12345")
    gate.moves(gate.entry, "turned_back")
    assert Stay.objects.get().status == "undone"


def test_the_decision_stores_the_trace_of_rules_in_order(gate):
    decision = decision_of(gate.sees(gate.entry, "粤B12345"))
    assert [step["rule"] for step in decision.trace] == [
        "late",
        "lane_class",
        "watch_list",
        "confidence",
        "block_list",
        "reread",
        "lock",
        "allow_list",
        "resident",
        "visitor_pass",
        "full",
        "tariff",
    ]
