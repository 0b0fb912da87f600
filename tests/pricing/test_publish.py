"""The checks that a tariff must pass before it is used."""

import pytest

from pricing import TariffError, check_publishable
from tests.pricing.cases import DAY_AND_NIGHT, HOURLY, amount, tariff


def by_day_and_night(day_price, night_price, **keys):
    """Half-hours by day and by night, their minutes added up over the whole stay."""
    day, night = (
        element | {"steps": [{"unit": 30, "price": price}]}
        for element, price in zip(DAY_AND_NIGHT, (day_price, night_price), strict=True)
    )
    return tariff(elements=[day, night], unit_at_boundary="total", **keys)


@pytest.mark.parametrize("boundary", ["cut", "carry", "entry"])
def test_a_tariff_with_any_other_boundary_passes(boundary):
    check_publishable(tariff(elements=DAY_AND_NIGHT, unit_at_boundary=boundary))


def test_total_passes_where_every_minute_costs_the_same():
    check_publishable(by_day_and_night(100, 100))


def test_total_is_refused_where_a_longer_stay_costs_less_and_shows_it():
    priced = by_day_and_night(300, 30)
    # From 18:58: a minute by day is rounded up to 30 dear ones, later ones to cheap ones.
    assert amount(priced, 1, "18:58") > amount(priced, 3, "18:58")

    with pytest.raises(TariffError, match="choose cut or carry") as refused:
        check_publishable(priced)

    assert refused.value.at == "unit_at_boundary"


def test_total_is_refused_where_a_step_grows_cheaper_though_only_some_stays_show_it():
    elements = [
        {
            "id": "early",
            "when": {"time": ["00:00", "12:00"]},
            "steps": [{"upto": 120, "unit": 30, "price": 300}, {"unit": 30, "price": 30}],
        },
        {"id": "late", "steps": [{"unit": 30, "price": 300}]},
    ]

    with pytest.raises(TariffError):
        check_publishable(tariff(elements=elements, unit_at_boundary="total"))


def test_a_tariff_that_strands_cars_of_unknown_type_is_refused():
    lorry = {"id": "lorry", "when": {"vehicle": ["lorry"]}, "steps": [HOURLY]}

    with pytest.raises(TariffError) as refused:
        check_publishable(tariff(elements=[lorry]))

    assert refused.value.at == "elements"


def test_a_tariff_whose_uncovered_minutes_are_free_is_publishable():
    lorry = {"id": "lorry", "when": {"vehicle": ["lorry"]}, "steps": [HOURLY]}

    check_publishable(tariff(elements=[lorry], uncovered="free"))
