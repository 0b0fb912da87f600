"""Metered fees: readings, tiers of a year, estimates, changes of payer, several meters."""

from datetime import date
from decimal import Decimal
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.services import BillCharge, BillDraft, Cause, credit_bill, issue_bills
from core import clock
from fees.assessment import assess
from fees.rules.metered import Mark, in_tiers_of_year, used_until
from fees.rules.tiers import Tier
from metering import services
from metering.models import Measure, MeterReading, Utility
from metering.services import NewMeter, Place
from metering.usage import consumption, load_series
from tests.factories import FeeItemFactory, FeePriceFactory, SiteFactory, UserFactory
from tests.fees.units import LONG_AGO, paid_unit, payer_of, pays, unit_of

TIERS = [["180", "5"], ["260", "7"], [None, "9"]]
RULE = [Tier(Decimal(180), Decimal(5)), Tier(Decimal(260), Decimal(7)), Tier(None, Decimal(9))]
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
db = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def item(site):
    made = FeeItemFactory(site=site, method="meter", utility="water", tier_cycle="year")
    FeePriceFactory(item=made, price=None, tiers=TIERS)
    return made


def at(site, day):
    return clock.midnight(day, site.timezone)


def meter_in(unit, serial="W-1", multiplier="1", register="0", since=date(2025, 12, 1)):
    place = Place(Utility.WATER, Measure.M3, unit=unit, most_per_day=Decimal(1000), name=serial)
    new = NewMeter(serial, 5, Decimal(register), 1, Decimal(multiplier))
    return services.install_meter(unit.site, UserFactory(), place, new, at(unit.site, since))


def read(meter, register, day, **more):
    return services.enter_reading(
        meter,
        UserFactory(),
        register=Decimal(register),
        at=at(meter.site, day),
        note="read by the caretaker",
        **more,
    )


def of(item, unit, month):
    return assess(item.site, [item], month, [unit.pk])


@db
def test_consumption_is_charged_in_the_tiers_of_the_year(site, item):
    unit = paid_unit(site)
    meter = meter_in(unit)
    read(meter, "30", date(2026, 1, 1))
    read(meter, "205", JUNE)
    read(meter, "300", JULY)
    (found,) = of(item, unit, JUNE)
    # 175 m³ until June; 5 at 5.00, 80 at 7.00, 10 at 9.00
    assert [each["amount"] for each in found.lines] == [2500, 56000, 9000]
    assert [each["tier"] for each in found.lines] == [1, 2, 3]
    (reading,) = found.lines[0]["readings"]
    assert (reading["meter"], reading["start"], reading["end"]) == ("W-1", "205", "300")
    assert found.lines[0]["measure"] == "m3"
    assert not found.lines[0]["estimated"]


@db
def test_tiers_of_a_month_begin_with_each_month(site, item):
    item.tier_cycle = "month"
    unit = paid_unit(site)
    meter = meter_in(unit)
    read(meter, "1000", JUNE)
    read(meter, "1200", JULY)
    (found,) = of(item, unit, JUNE)
    assert [each["amount"] for each in found.lines] == [90000, 14000]


@db
def test_a_multiplier_counts_and_every_point_has_tiers_of_its_own(site, item):
    unit = paid_unit(site)
    for serial, multiplier in (("W-1", "2"), ("W-2", "1")):
        meter = meter_in(unit, serial, multiplier)
        read(meter, "10", JUNE)
        read(meter, "60", JULY)
    (found,) = of(item, unit, JUNE)
    assert [(each["quantity"], each["amount"]) for each in found.lines] == [
        ("100", 50000),
        ("50", 25000),
    ]


@db
def test_a_missing_reading_and_one_under_review_leave_the_unit_out(site, item):
    unit, other = paid_unit(site), paid_unit(site)
    read(meter_in(unit, "W-1"), "50", date(2026, 6, 20))
    meter = meter_in(other, "W-2")
    read(meter, "10", JUNE)
    read(meter, "20", JULY)
    MeterReading.objects.create(
        meter=meter,
        at=at(site, date(2026, 6, 15)),
        entered_at=clock.now(),
        register=900,
        source="device",
        state="review",
    )
    assert [of(item, each, JUNE)[0].omitted for each in (unit, other)] == [
        "no_reading",
        "implausible_reading",
    ]


@db
def test_an_estimate_is_flagged_and_the_next_reading_settles_it(site, item):
    unit = paid_unit(site)
    meter = meter_in(unit)
    read(meter, "10", JUNE)
    read(meter, "30", JULY, estimated=True)
    read(meter, "35", date(2026, 8, 1))
    (june,), (july,) = of(item, unit, JUNE), of(item, unit, JULY)
    assert (june.amount, june.lines[0]["estimated"]) == (10000, True)
    assert (july.amount, july.lines[0]["quantity"]) == (2500, "5")


def charged(found):
    """Bill an assessment, as a run does."""
    charge = BillCharge(
        cause=Cause(found.source_type, found.source_id, found.period),
        amount=found.amount,
        lines=found.lines,
        titles={},
    )
    draft = BillDraft(payer=found.payer, payer_name="Li Wei", due_on=found.due_on, charges=[charge])
    return issue_bills(found.item.site, [draft])[0]


@db
def test_an_estimate_that_is_corrected_after_the_bill_is_settled_next_month(site, item):
    unit = paid_unit(site)
    meter = meter_in(unit)
    read(meter, "10", JUNE)
    estimate = read(meter, "30", JULY, estimated=True)
    charged(of(item, unit, JUNE)[0])
    services.correct_reading(
        estimate, UserFactory(), register=Decimal(25), reason="read with a photo"
    )
    read(meter, "35", date(2026, 8, 1))
    (july,) = of(item, unit, JULY)
    (line,) = july.lines
    assert (line["quantity"], line["carried"]) == ("5", "-5")
    assert july.amount == 2500


@db
def test_consumption_that_was_charged_too_high_is_not_charged_below_zero(site, item):
    unit = paid_unit(site)
    meter = meter_in(unit)
    read(meter, "10", JUNE)
    estimate = read(meter, "90", JULY, estimated=True)
    bill = charged(of(item, unit, JUNE)[0])
    services.correct_reading(
        estimate, UserFactory(), register=Decimal(25), reason="read with a photo"
    )
    read(meter, "35", date(2026, 8, 1))
    assert of(item, unit, JULY)[0].omitted == "overcharged"
    credit_bill(bill, None, reason="the estimate was too high")
    assert of(item, unit, JULY)[0].lines[0]["quantity"] == "10"


@db
def test_what_was_charged_too_high_is_settled_by_as_many_months_as_it_takes(site, item):
    unit = paid_unit(site)
    meter = meter_in(unit)
    read(meter, "10", JUNE)
    estimate = read(meter, "90", JULY, estimated=True)
    june = of(item, unit, JUNE)[0]
    charged(june)
    services.correct_reading(
        estimate, UserFactory(), register=Decimal(25), reason="read with a photo"
    )
    read(meter, "35", date(2026, 8, 1))
    read(meter, "100", date(2026, 9, 1))
    assert of(item, unit, JULY)[0].omitted == "overcharged"
    (august,) = of(item, unit, date(2026, 8, 1))
    quantities = [Decimal(line["quantity"]) for line in june.lines + august.lines]
    assert (quantities[-1], sum(quantities)) == (10, 100 - 10)


@db
def test_a_month_that_was_left_out_is_charged_by_its_own_run(site, item):
    unit = paid_unit(site)
    meter = meter_in(unit)
    read(meter, "10", JUNE)
    read(meter, "30", JULY)
    charged(of(item, unit, JUNE)[0])
    read(meter, "50", date(2026, 9, 1))
    assert of(item, unit, JULY)[0].omitted == "no_reading"
    services.enter_reading(
        meter,
        UserFactory(),
        register=Decimal(42),
        at=at(site, date(2026, 8, 1)),
        note="found later",
    )
    assert of(item, unit, date(2026, 8, 1))[0].lines[0]["quantity"] == "8"
    assert of(item, unit, JULY)[0].lines[0]["quantity"] == "12"


@db
def test_a_new_payer_does_not_settle_the_month_of_another(site, item):
    unit = unit_of(site)
    pays(unit, LONG_AGO, JULY)
    pays(unit, JULY)
    meter = meter_in(unit)
    read(meter, "10", JUNE)
    estimate = read(meter, "30", JULY, estimated=True)
    charged(of(item, unit, JUNE)[0])
    services.correct_reading(
        estimate, UserFactory(), register=Decimal(25), reason="read with a photo"
    )
    read(meter, "35", date(2026, 8, 1))
    assert of(item, unit, JULY)[0].lines[0]["quantity"] == "10"


@db
def test_the_next_household_begins_its_own_tiers(site, item):
    unit = unit_of(site)
    handover = date(2026, 6, 16)
    before, after = pays(unit, LONG_AGO, handover), pays(unit, handover)
    meter = meter_in(unit)
    read(meter, "0", date(2026, 1, 1))
    read(meter, "170", JUNE)
    read(meter, "200", handover)
    read(meter, "230", JULY)
    first, second = of(item, unit, JUNE)
    assert (first.payer, second.payer) == (payer_of(before), payer_of(after))
    assert [each["amount"] for each in first.lines] == [5000, 14000]
    assert [each["amount"] for each in second.lines] == [15000]


@db
def test_a_reading_across_the_new_year_is_split_by_days(site, item):
    unit = paid_unit(site)
    meter = meter_in(unit, since=date(2024, 12, 31))
    read(meter, "250", date(2025, 12, 22))
    read(meter, "290", date(2026, 1, 2))
    (found,) = of(item, unit, date(2025, 12, 1))
    # From 1 December's nearest reading, the installation, nothing is measured near.
    assert found.omitted == "no_reading"
    read(meter, "249", date(2025, 12, 1))
    (found,) = of(item, unit, date(2025, 12, 1))
    quantities = [Decimal(each["quantity"]) for each in found.lines]
    assert sum(quantities) == 41
    assert quantities[-1] == Decimal("3.6364")  # one of eleven days lies in the new year
    assert found.lines[-1]["tier"] == 1


@db
def test_many_points_are_loaded_as_each_alone(site):
    begin, end = at(site, JUNE), at(site, JULY)
    meters = [meter_in(unit_of(site), f"W-{number}") for number in range(3)]
    for number, meter in enumerate(meters):
        read(meter, "10", date(2026, 5, 31))
        read(meter, str(20 + number), date(2026, 6, 15))
        read(meter, str(40 + number), date(2026, 7, 2))
    found = load_series([each.point for each in meters], begin, end)
    for meter in meters:
        assert found[meter.point_id].between(begin, end) == consumption(meter.point, begin, end)


first = itemgetter(0)
days = st.integers(0, 700).map(lambda each: date.fromordinal(date(2025, 1, 1).toordinal() + each))


@given(
    st.lists(st.tuples(days, st.integers(0, 500)), min_size=2, max_size=8, unique_by=lambda e: e[0])
)
def test_tiers_of_years_charge_each_unit_once(readings):
    used, marks = Decimal(0), []
    for day, amount in sorted(readings):
        used += amount
        marks.append(Mark(day, used))
    begin, end = marks[-2], marks[-1]
    lines = in_tiers_of_year(begin, end, marks, RULE, 2, counts_from=LONG_AGO)
    assert sum(each.quantity for each in lines) == end.used - begin.used
    assert all(each.quantity > 0 for each in lines)


def test_consumption_between_two_marks_grows_by_days():
    marks = [Mark(date(2026, 1, 1), Decimal(0)), Mark(date(2026, 1, 11), Decimal(100))]
    assert used_until(marks, date(2026, 1, 4)) == 30
    assert used_until(marks, date(2025, 1, 4)) == 0
    assert used_until(marks, date(2027, 1, 4)) == 100
