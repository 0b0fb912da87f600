"""A stay follows from the reads and movements of its plate, as they happened at the lanes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from access import services as access_services
from access.models import Decision, Passage
from core import clock
from parking.models import LotRules, Stay
from tests.factories import VisitorPassFactory
from tests.gate import decision_of, open_commands, staff
from tests.parking.histories import Corrected, Issued, Lot, Moved, Paid, Seen, at

pytestmark = pytest.mark.django_db
MINUTE, HOUR = 60, 3600
CAR, OTHER = "苏E7K215", "浙A90R33"


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[datetime], None]:
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def lot(set_clock) -> Lot:
    return Lot(set_clock)


def enters(plate: str, second: int, lane: str = "in") -> list:
    return [Seen(second, lane, plate), Moved(second + 6, lane, "passed")]


def play(lot: Lot, *events) -> None:
    """Deliver each event at its own time."""
    for event in events:
        lot.deliver(event, at(event.at))


def stays(lot: Lot) -> list[tuple]:
    return [
        (each["plate"], each["entered"], each["left"], each["status"], each["due"])
        for each in lot.outcome()["stays"]
    ]


def latest(lot: Lot, lane: str) -> Passage:
    return Passage.objects.filter(lane=lot.lanes[lane]).latest("seen_at", "pk")


@pytest.mark.parametrize("lane", ["in", "in2"])
@pytest.mark.parametrize("named", [CAR, ""])
@pytest.mark.parametrize("by_barrier", [True, False])
def test_a_car_inside_that_is_shown_at_an_entry_and_turns_back_still_owes(
    lot, lane, named, by_barrier
):
    play(lot, *enters(CAR, 0), Seen(3 * HOUR, lane, CAR))
    play(lot, Moved(3 * HOUR + 9, lane, "turned_back", named, by_barrier))
    play(lot, Seen(3 * HOUR + 300, "out2", CAR))
    assert stays(lot) == [(CAR, 0, None, "open", 2000)]
    assert decision_of(latest(lot, "out2")).outcome == "pay"


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0)])
def test_a_car_that_turns_back_and_comes_again_at_once_enters_by_its_second_read(lot, order):
    events = [Seen(0, "in", CAR), Moved(3, "in", "turned_back"), Seen(31, "in", CAR)]
    lot.play([events[number] for number in order], at(HOUR))
    assert [each[:4] for each in stays(lot)] == [(CAR, 31, None, "open")]


def test_turning_back_at_one_exit_and_leaving_by_the_other_ends_the_stay_there(lot):
    play(lot, *enters(CAR, 0), Seen(HOUR, "out", CAR), Moved(HOUR + 40, "out", "turned_back"))
    stay = Stay.objects.get(plate=CAR)
    assert (stay.status, stay.waiting_passage) == ("open", None)
    play(lot, Seen(3 * HOUR, "out2", CAR), Paid(3 * HOUR + 20, CAR, 1500))
    play(lot, Moved(3 * HOUR + 30, "out2", "passed"))
    assert stays(lot) == [(CAR, 0, 3 * HOUR, "closed", 0)]


def test_a_car_misread_as_one_inside_leaves_that_ones_stay_and_pass_alone(lot):
    visit = VisitorPassFactory(
        site=lot.gate.site, plate=CAR, begins_at=at(-HOUR), ends_at=at(5 * HOUR)
    )
    play(lot, *enters(CAR, 0), *enters(CAR, 2 * HOUR))
    assert [each[3] for each in stays(lot)] == ["superseded", "open"]
    access_services.correct_read(latest(lot, "in"), OTHER, staff(), "seen on the photo")
    visit.refresh_from_db()
    # By the end of the day: the pass covers five hours of the first stay.
    by_now = [(CAR, 0, None, "open", 9500), (OTHER, 2 * HOUR, None, "open", 11000)]
    assert stays(lot) == by_now
    assert (visit.entries_used, Stay.objects.get(plate=CAR).visitor_pass) == (1, visit)


@pytest.mark.parametrize(
    ("first", "second"), [("passed", "turned_back"), ("turned_back", "passed")]
)
def test_a_movement_belongs_to_the_car_whose_plate_it_names(lot, first, second):
    play(lot, Seen(0, "in", CAR), Seen(7, "in", OTHER))
    play(lot, Moved(12, "in", first, CAR), Moved(15, "in", second, OTHER))
    inside = CAR if first == "passed" else OTHER
    assert [(each[0], each[3]) for each in stays(lot)] == [(inside, "open")]


def test_a_movement_that_names_no_car_at_the_lane_changes_no_other_cars_stay(lot):
    play(lot, Seen(0, "in", CAR), Moved(8, "in", "turned_back", OTHER))
    assert [(each[0], each[3]) for each in stays(lot)] == [(CAR, "open")]


def test_records_made_offline_become_stays_at_their_own_times_without_a_command(lot):
    lot.play([Seen(0, "in2", CAR, offline=True), Moved(5, "in2", "passed")], at(4 * HOUR))
    lot.play([Seen(150 * MINUTE, "out2", CAR, offline=True)], at(4 * HOUR + 60))
    assert stays(lot) == [(CAR, 0, 150 * MINUTE, "closed", 1500)]
    assert "late_record" in Stay.objects.get().review
    assert open_commands(lot.lanes["in2"]) + open_commands(lot.lanes["out2"]) == 0


def test_a_guards_lift_for_a_car_of_hours_ago_sends_no_command_and_moves_no_entry(lot):
    lot.play([Seen(0, "in", CAR, offline=True)], at(3 * HOUR))
    access_services.lift_barrier(latest(lot, "in"), staff(), "let in by hand then")
    assert open_commands(lot.lanes["in"]) == 0
    assert stays(lot) == [(CAR, 0, None, "open", 12000)]


def test_a_stay_recorded_offline_is_a_candidate_at_the_exit(lot):
    lot.play([Seen(0, "in", CAR, offline=True)], at(HOUR))
    play(lot, Seen(2 * HOUR, "out", "苏E7K2I5"))
    facts = decision_of(latest(lot, "out")).facts
    found = facts.get("candidates") or [{"plate": Stay.objects.get(pk=facts["stay"]).plate}]
    assert CAR in [each["plate"] for each in found]


@pytest.mark.parametrize(("first", "second"), [("鲁B12Z45", "鲁B12245"), ("京QS5088", "京Q55088")])
def test_a_look_alike_with_a_stay_of_its_own_pays_for_itself(lot, first, second):
    play(lot, *enters(first, 0), *enters(second, MINUTE))
    play(lot, Seen(2 * HOUR, "out", first), Paid(2 * HOUR + 20, first, 1000))
    play(lot, Moved(2 * HOUR + 30, "out", "passed"), Seen(2 * HOUR + 33, "out", second))
    assert decision_of(latest(lot, "out")).outcome == "pay"
    assert stays(lot)[1] == (second, MINUTE, None, "open", 1000)


@pytest.mark.parametrize("step", [3, 4, 9])
def test_a_car_that_comes_and_goes_twice_within_seconds_has_two_ended_stays(lot, step):
    LotRules.objects.filter(lot=lot.gate.lot).update(lock_seconds=0)
    for number, lane in enumerate(("in", "out", "in", "out")):
        begins = number * step
        play(lot, Seen(begins, lane, CAR), Moved(begins + step - 1, lane, "passed"))
    assert [each[3] for each in stays(lot)] == ["closed", "closed"]


@pytest.mark.parametrize(
    ("entry_ahead", "exit_ahead", "lasts", "due"),
    [(-50, 45, 14 * MINUTE + 40, 0), (40, -55, 16 * MINUTE, 500), (58, 58, 15 * MINUTE, 0)],
)
def test_measured_clock_offsets_are_neither_charged_nor_granted(
    lot, entry_ahead, exit_ahead, lasts, due
):
    for name, seconds in (("in", entry_ahead), ("out", exit_ahead)):
        camera = lot.lanes[name].camera
        camera.clock_offset_ms = seconds * 1000
        camera.save()
    lot.deliver(Seen(entry_ahead, "in", CAR), at(1))
    lot.deliver(Seen(lasts + exit_ahead, "out", CAR), at(lasts + 2))
    decision = decision_of(latest(lot, "out"))
    assert decision.outcome == ("pay" if due else "open")
    assert decision.facts["due"] == due


def test_the_time_that_a_message_takes_is_not_charged(lot):
    lot.deliver(Seen(0, "in", CAR), at(1))
    lot.deliver(Seen(15 * MINUTE, "out", CAR), at(15 * MINUTE + 50))
    assert stays(lot) == [(CAR, 0, 15 * MINUTE, "closed", 0)]


@pytest.mark.parametrize("again", [20, 45, 58])
def test_a_visitor_with_one_entry_that_is_read_again_keeps_the_pass(lot, again):
    play(lot, Issued(-600, CAR, -600, 6 * HOUR), *enters(CAR, 0), Seen(again, "in", CAR))
    assert decision_of(latest(lot, "in")).outcome == "record"
    play(lot, Seen(4 * HOUR, "out", CAR))
    assert stays(lot) == [(CAR, 0, 4 * HOUR, "closed", 0)]


@pytest.mark.parametrize(
    ("issued", "begins", "due"),
    [(-600, 20 * MINUTE, 500), (10 * MINUTE, 70 * MINUTE, 1000), (HOUR, HOUR + 60, 1000)],
)
def test_a_pass_that_begins_while_the_car_is_inside_covers_it_from_then(lot, issued, begins, due):
    events = [*enters(CAR, 0), Issued(issued, CAR, begins, 9 * HOUR), Seen(3 * HOUR, "out", CAR)]
    play(lot, *sorted(events, key=lambda event: event.at))
    assert decision_of(latest(lot, "out")).facts.get("due", 0) == due


def test_a_pass_issued_after_the_car_has_left_is_left_for_its_next_visit(lot):
    play(lot, *enters(CAR, 0), Seen(HOUR, "out", CAR), Paid(HOUR + 20, CAR, 500))
    play(lot, Moved(HOUR + 30, "out", "passed"), Issued(2 * HOUR, CAR, 0, 9 * HOUR))
    lot.play([Moved(HOUR + 31, "out", "passed", CAR, by_barrier=True)], at(2 * HOUR + 60))
    lot.play([Seen(3, "in", CAR, offline=True)], at(2 * HOUR + 90))
    assert [(each["cover"], each["paid"]) for each in lot.outcome()["stays"]] == [("", 500)]
    play(lot, *enters(CAR, 3 * HOUR), Seen(5 * HOUR, "out", CAR))
    assert [each["cover"] for each in lot.outcome()["stays"]] == ["", "visitor"]


def test_an_earlier_visit_that_becomes_known_later_takes_the_one_entry_of_a_pass(lot):
    play(lot, Issued(-600, CAR, -600, 12 * HOUR))
    play(lot, *enters(CAR, 4 * HOUR), Seen(5 * HOUR, "out", CAR))
    early = [Seen(0, "in2", CAR, offline=True), Seen(2 * HOUR, "out2", CAR, offline=True)]
    lot.play(early, at(6 * HOUR))
    found = [(each["cover"], each["price"]) for each in lot.outcome()["stays"]]
    assert found == [("visitor", 0), ("", 500)]


def test_the_only_car_of_a_full_lot_may_come_again_after_a_missed_exit(lot):
    lot.gate.lot.capacity = 1
    lot.gate.lot.save()
    play(lot, *enters(CAR, 0), *enters(CAR, 5 * HOUR, "in2"))
    assert decision_of(latest(lot, "in2")).outcome == "open"
    play(lot, Seen(5 * HOUR + 60, "in", OTHER))
    assert decision_of(latest(lot, "in")).rule == "full"


@pytest.mark.parametrize(("back_after", "found"), [(18, 1), (29, 1), (31, 2), (200, 2)])
def test_a_car_that_comes_straight_back_by_the_opposite_lane_goes_on_with_its_stay(
    set_clock, back_after, found
):
    lot = Lot(set_clock, opposite_s=30)
    back = 2 * HOUR + back_after
    play(lot, *enters(CAR, 0), Seen(2 * HOUR, "out", CAR), Paid(2 * HOUR + 4, CAR, 1000))
    play(lot, Moved(2 * HOUR + 8, "out", "passed"), *enters(CAR, back, "in2"))
    assert Stay.objects.exclude(status="undone").count() == found
    assert Decision.objects.filter(passage__direction="exit", outcome="open").count() == 1


def test_movements_of_two_devices_forty_seconds_apart_are_those_of_one_car(lot):
    late = timedelta(seconds=40)
    lot.deliver(Moved(2, "in", "passed", by_barrier=True), at(3))
    lot.deliver(Seen(0, "in", CAR), at(0) + late)
    lot.deliver(Moved(3, "in", "passed"), at(3) + late)
    assert latest(lot, "in").state == "passed"
    assert stays(lot)[0][:4] == (CAR, 0, None, "open")


@pytest.mark.parametrize(
    "delays", [(0, 0, 0), (40, 0, 0), (55, 0, 0), (HOUR, HOUR, HOUR), (HOUR + 50, HOUR, HOUR)]
)
@pytest.mark.parametrize("paid", [0, 1000])
def test_a_car_that_is_read_twice_at_an_exit_left_when_it_was_read_first(lot, delays, paid):
    left = 2 * HOUR if paid else 10 * MINUTE
    play(lot, *enters(CAR, 0), Paid(left - MINUTE, CAR, paid))
    reports = [Seen(left, "out", CAR), Seen(left + 25, "out", CAR)]
    reports.append(Moved(left + 45, "out", "passed", CAR))
    arrivals = [(each.at + delay, each) for each, delay in zip(reports, delays, strict=True)]
    for arrives, report in sorted(arrivals, key=lambda pair: pair[0]):
        lot.deliver(report, at(arrives))
    assert stays(lot) == [(CAR, 0, left, "closed", 0)]


@pytest.mark.parametrize("first", [2 * HOUR - 20, 2 * HOUR + 1])
def test_a_car_that_pays_between_two_reads_at_an_exit_pays_for_the_first(lot, first):
    play(lot, *enters(CAR, 0), Seen(first, "out", CAR))
    due = decision_of(latest(lot, "out")).facts["due"]
    play(lot, Seen(first + 40, "out", CAR), Paid(first + 50, CAR, due))
    assert decision_of(latest(lot, "out")).outcome == "open"
    assert stays(lot) == [(CAR, 0, first, "closed", 0)]


@pytest.mark.parametrize("received", [None, (0, 1, 2, 3, 4), (3, 0, 4, 1, 2), (4, 3, 2, 1, 0)])
def test_a_read_that_only_repeats_an_entry_begins_no_later_one(lot, received):
    events = [
        *enters(CAR, 0),
        Seen(50, "in", CAR),
        Seen(97, "in", CAR),
        Moved(140, "in", "passed", CAR),
    ]
    if received:
        lot.play([events[number] for number in received], at(HOUR))
    else:
        play(lot, *events)
    assert [each[1:4] for each in stays(lot)] == [(0, None, "superseded"), (97, None, "open")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_read_of_another_car_between_leaves_the_first_read_its_stay(lot, order):
    second = Seen(31, "in", CAR)
    events = [Seen(0, "in", CAR), second, Moved(40, "in", "turned_back")]
    lot.play([events[number] for number in order], at(HOUR))
    assert stays(lot) == []  # one car, read twice, which turned back
    lot.play([Corrected(150, second, OTHER)], at(HOUR + 60))
    assert [each[:4] for each in stays(lot)] == [(CAR, 0, None, "open")]


def test_a_stay_has_its_free_minutes_again_when_the_visit_before_it_is_undone(lot):
    events = [
        Seen(11, "out2", CAR),
        Moved(19, "out2", "passed"),
        Seen(20 * MINUTE, "in2", CAR),
        Moved(8, "in", "turned_back", CAR, by_barrier=True),
        Seen(25 * MINUTE, "out", CAR),
        Seen(0, "in", CAR),
    ]
    lot.play(events, at(HOUR))
    assert stays(lot) == [(CAR, 20 * MINUTE, None, "open", 0)]
