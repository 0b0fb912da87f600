"""Units with payers, for tests of fees."""

from datetime import date

from estate.models import Unit
from people.models import Occupancy, PayerPeriod
from tests.factories import OccupancyFactory, UnitFactory

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
LONG_AGO = date(2020, 1, 1)


def unit_of(site, area="89.63", **values) -> Unit:
    """A unit of the site that nobody pays for yet."""
    return UnitFactory(building__site=site, built_up_area=area, **values)


def pays(
    unit: Unit, begins_on: date = LONG_AGO, ends_on: date | None = None, kind: str = ""
) -> Occupancy:
    """Who pays a unit's fees from a day on."""
    occupancy = OccupancyFactory(
        person__site=unit.building.site,
        unit=unit,
        role="owner",
        begins_on=begins_on,
        ends_on=ends_on,
    )
    PayerPeriod.objects.create(
        occupancy=occupancy, unit=unit, fee_kind=kind, begins_on=begins_on, ends_on=ends_on
    )
    return occupancy


def payer_of(occupancy: Occupancy) -> tuple[str, str]:
    """The payer as charges name it."""
    return "person", str(occupancy.person_id)


def paid_unit(site, area="89.63", **values) -> Unit:
    """A unit of the site with an owner who pays."""
    unit = unit_of(site, area, **values)
    pays(unit)
    return unit
