"""Permits that begin or end while the car is inside: uncovered time is billed."""

from datetime import UTC, datetime, timedelta

import pytest

from core import clock
from parking.models import Stay
from parking.selectors import due_now
from tests.factories import (
    HOURLY,
    AccessListEntryFactory,
    StayFactory,
    TariffFactory,
    VehicleFactory,
    VisitorPassFactory,
)
from tests.paying import pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay() -> Stay:
    """A stay of ten hours until now, five yuan each."""
    return StayFactory(plate="粤B12345", entered_at=clock.now() - timedelta(hours=10))


def registered(stay: Stay, begins: float, ends: float | None) -> None:
    """Register the stay's car from so many hours after its entry until so many."""
    VehicleFactory(
        person__site=stay.site,
        plate=stay.plate,
        begins_at=stay.entered_at + timedelta(hours=begins),
        ends_at=None if ends is None else stay.entered_at + timedelta(hours=ends),
    )


def hours_billed(stay: Stay) -> float:
    owed = due_now(stay, stay.entered_at + timedelta(hours=10))
    assert sum(line["amount"] for line in owed.lines) == owed.price
    return owed.due / 500


@pytest.mark.parametrize(
    ("registrations", "hours"),
    [
        ([], 10),
        ([(-1, None)], 0),
        ([(-1, 4)], 6),
        ([(4, None)], 4),
        ([(2, 7)], 5),
        ([(2, 4), (6, 7)], 7),
        ([(-1, 4), (4, None)], 0),
        ([(-3, -1), (11, None)], 10),
    ],
)
def test_what_no_registration_covers_is_billed(stay, registrations, hours):
    for begins, ends in registrations:
        registered(stay, begins, ends)
    assert hours_billed(stay) == hours


def test_a_registration_and_an_allow_list_entry_that_overlap_count_once(stay):
    registered(stay, -1, 5)
    begins, ends = (stay.entered_at + timedelta(hours=hours) for hours in (3, 8))
    AccessListEntryFactory(site=stay.site, plate=stay.plate, begins_at=begins, ends_at=ends)
    assert hours_billed(stay) == 2


def test_the_free_minutes_count_once(stay):
    registered(stay, 0.2, 9.9)
    assert hours_billed(stay) == 1, "free for the first minutes, not for the last ones too"


def priced_by(**rules) -> Stay:
    """Create a stay of ten hours until now whose tariff has these rules, too."""
    return StayFactory(
        plate="粤B12345",
        tariff=TariffFactory(document=HOURLY | rules),
        entered_at=clock.now() - timedelta(hours=10),
    )


@pytest.mark.parametrize(
    "registrations", [[], [(4, None)], [(1, 2)], [(3, 4), (6, 7)], [(0.5, 0.6), (9, None)]]
)
def test_a_cap_holds_over_all_uncovered_time(registrations):
    stay = priced_by(caps=[{"window": "24h", "amounts": [1200]}])
    for begins, ends in registrations:
        registered(stay, begins, ends)
    assert due_now(stay).due == 1200


@pytest.mark.parametrize(
    ("registrations", "price"),
    [([], 1900), ([(1, 2)], 1800), ([(0, 1)], 1800), ([(0.5, 9.5)], 1000), ([(2, 8)], 1300)],
)
def test_the_first_hour_is_charged_once(registrations, price):
    ladder = [{"upto": 60, "unit": 60, "price": 1000}, {"unit": 60, "price": 100}]
    stay = priced_by(elements=[{"id": "all", "steps": ladder}])
    for begins, ends in registrations:
        registered(stay, begins, ends)
    assert due_now(stay, stay.entered_at + timedelta(hours=10)).price == price


def test_a_stay_within_the_free_minutes_stays_free_beside_a_registration(stay):
    registered(stay, 0.05, 0.1)
    assert due_now(stay, stay.entered_at + timedelta(minutes=15)).due == 0


@pytest.mark.parametrize("begins", [-1, 1])
def test_a_registration_without_end_is_covered_or_billed_in_any_year(stay, begins):
    VehicleFactory(
        person__site=stay.site,
        plate=stay.plate,
        begins_at=stay.entered_at + timedelta(hours=begins),
        ends_at=datetime(9999, 12, 30, tzinfo=UTC),
    )
    assert hours_billed(stay) == max(0, begins)


def test_a_stay_of_more_than_ten_years_costs_what_ten_years_cost():
    stay = priced_by(caps=[{"window": "stay", "amounts": [9900]}])
    late = stay.entered_at + timedelta(days=4000)
    pay(stay, 5000, late - timedelta(days=2))
    owed = due_now(stay, late)
    assert (owed.price, owed.due, owed.at) == (9900, 4900, late)


def test_a_visitor_pass_and_a_registration_after_it_both_count(stay):
    visit = VisitorPassFactory(site=stay.site, plate=stay.plate)
    stay.visitor_pass, stay.covered_until = visit, stay.entered_at + timedelta(hours=3)
    stay.save()
    registered(stay, 5, None)
    assert hours_billed(stay) == 2


def test_an_allow_list_entry_covers_and_a_block_or_a_look_alike_does_not(stay):
    since = stay.entered_at - timedelta(hours=1)
    AccessListEntryFactory(site=stay.site, plate="粤B1Z345", begins_at=since)
    AccessListEntryFactory(site=stay.site, plate=stay.plate, kind="block", begins_at=since)
    assert hours_billed(stay) == 10
    AccessListEntryFactory(site=stay.site, plate=stay.plate, begins_at=since)
    assert due_now(stay).covered


def test_another_sites_registration_covers_nothing_here(stay):
    VehicleFactory(plate=stay.plate, begins_at=stay.entered_at)
    assert hours_billed(stay) == 10


def test_payments_count_towards_past_spans_first(stay):
    registered(stay, 2, 7)
    pay(stay, 700, stay.entered_at + timedelta(hours=3))
    owed = due_now(stay, stay.entered_at + timedelta(hours=7))
    assert (owed.price, owed.due, owed.leave_by) == (1000, 300, None)
    later = due_now(stay, stay.entered_at + timedelta(hours=9))
    assert (later.price, later.due) == (2000, 1300)


def test_the_last_span_paid_in_full_has_its_grace(stay):
    registered(stay, 2, 7)
    paid_at = stay.entered_at + timedelta(hours=9)
    pay(stay, 2000, paid_at)
    assert due_now(stay, paid_at + timedelta(minutes=15)).due == 0
    assert due_now(stay, paid_at + timedelta(minutes=16)).due == 500
