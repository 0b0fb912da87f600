"""The templates of tariffs: whatever the values, a tariff that may be published."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import TariffError, check_publishable, parse_tariff, price, templates
from pricing.templates import MONTH_DAYS, Basis
from tests.pricing.strategies import ZONES, clock, instants

AMOUNT = st.integers(0, 10**9)
LENGTH = st.integers(1, 1440)
MINUTE = st.integers(0, 1439)
BASES = st.builds(
    Basis,
    code=st.just("gate"),
    currency=st.sampled_from(["CNY", "EUR", "JPY", "KWD"]),
    timezone=st.sampled_from(ZONES),
    free_minutes=st.integers(0, 1440),
    grace_minutes=st.integers(0, 1440),
)
SHANGHAI = Basis(code="gate", currency="CNY", timezone="Asia/Shanghai")
ENTRY = datetime.fromisoformat("2026-03-04T10:00:00+08:00")


def day_prices():
    """A price of a day, and one of a month that is worth it."""
    return st.integers(1, 10**6).flatmap(
        lambda day: st.tuples(st.just(day), st.integers(day, MONTH_DAYS * day - 1))
    )


DOCUMENTS = st.one_of(
    st.builds(templates.free, BASES),
    st.builds(
        templates.first_hour_then_steps, BASES, first_hour=AMOUNT, unit=LENGTH, unit_price=AMOUNT
    ),
    st.builds(
        lambda basis, times, **prices: templates.day_and_night(
            basis, day_from=clock(times[0]), night_from=clock(times[1]), **prices
        ),
        BASES,
        st.lists(MINUTE, min_size=2, max_size=2, unique=True),
        unit=LENGTH,
        day_price=AMOUNT,
        night_price=AMOUNT,
    ),
    st.builds(templates.daily_cap, BASES, unit=LENGTH, unit_price=AMOUNT, cap=AMOUNT),
    st.builds(
        lambda basis, prices: templates.monthly(basis, day_price=prices[0], month_price=prices[1]),
        BASES,
        day_prices(),
    ),
)


@given(DOCUMENTS, instants(), st.lists(st.integers(0, 70 * 1440), min_size=2, max_size=6))
def test_any_values_make_a_tariff_that_may_be_published_and_never_costs_less_later(
    document, entry, lengths
):
    tariff = parse_tariff(document)
    check_publishable(tariff)
    amounts = [
        price(tariff, entry, entry.astimezone(UTC) + timedelta(minutes=length)).amount
        for length in sorted(lengths)
    ]
    assert amounts == sorted(amounts)


def costs(document, **length):
    return price(parse_tariff(document), ENTRY, ENTRY + timedelta(**length)).amount


def test_a_free_lot_charges_no_stay():
    assert costs(templates.free(SHANGHAI), days=40) == 0


def test_the_first_hour_has_its_own_price_every_24_hours():
    document = templates.first_hour_then_steps(SHANGHAI, first_hour=500, unit=30, unit_price=250)
    assert [costs(document, minutes=n) for n in (1, 60, 61, 91)] == [500, 500, 750, 1000]
    assert costs(document, minutes=1441) - costs(document, minutes=1440) == 500


def test_a_night_costs_its_price_once():
    document = templates.day_and_night(
        SHANGHAI, day_from="08:00", night_from="20:00", unit=60, day_price=300, night_price=800
    )
    assert [costs(document, hours=n) for n in (1, 10, 11, 22, 23)] == [300, 3000, 3800, 3800, 4100]


def test_day_and_night_begin_at_different_times():
    with pytest.raises(TariffError) as refused:
        templates.day_and_night(
            SHANGHAI, day_from="08:00", night_from="08:00", unit=60, day_price=1, night_price=1
        )
    assert refused.value.at == "night_from"


def test_24_hours_cost_at_most_the_cap():
    document = templates.daily_cap(SHANGHAI, unit=60, unit_price=600, cap=4000)
    assert [costs(document, hours=n) for n in (6, 7, 24, 25)] == [3600, 4000, 4000, 4600]


def test_thirty_days_cost_the_price_of_the_month():
    document = templates.monthly(SHANGHAI, day_price=3000, month_price=40_000)
    amounts = [costs(document, days=n) for n in (1, 13, 14, 30, 31, 60, 61)]
    assert amounts == [3000, 39_000, 40_000, 40_000, 80_000, 80_000, 120_000]


@pytest.mark.parametrize(("day", "month"), [(0, 100), (100, 99), (100, 3000), (100, 10**6)])
def test_a_month_must_be_worth_it(day, month):
    with pytest.raises(TariffError) as refused:
        templates.monthly(SHANGHAI, day_price=day, month_price=month)
    assert refused.value.at == "month_price"
