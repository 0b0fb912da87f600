"""A place that ends and gets a part at the same moment ends with it, or not at all."""

import pytest

from core.errors import Rejection
from estate import services
from estate.models import Lane, Lot, Unit
from estate.services import BayRange, UnitRange
from tests.at_once import at_once
from tests.factories import BuildingFactory, GateFactory, LotFactory, SiteFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person():
    return staff()


def test_a_lot_does_not_end_while_it_gets_a_lane(person):
    lot = LotFactory()
    gate = GateFactory(site=lot.site)
    given = at_once(
        lambda: services.end_place(lot, person),
        lambda: services.create_lane(gate, lot, person, direction="entry", name="In"),
    )
    assert sum(isinstance(each, Rejection) for each in given) == 1
    has_ended = Lot.objects.get().ended_at is not None
    assert has_ended != Lane.objects.exists()


def test_a_unit_that_is_added_at_the_end_of_its_building_ends_or_is_rejected(person):
    building = BuildingFactory()
    at_once(
        lambda: services.end_place(building, person),
        lambda: services.create_unit(building, person, code="101"),
    )
    assert not Unit.objects.in_use().exists()


def test_two_people_who_number_the_same_places_create_each_once(person):
    site, lot = SiteFactory(), LotFactory()
    units, bays = UnitRange(buildings=2, floors=3, units=4), BayRange("A-", first=1, count=50)
    at_once(*[lambda: services.generate_units(site, person, units)] * 2)
    at_once(*[lambda: services.generate_bays(lot, person, bays)] * 2)
    assert Unit.objects.count() == 24
    assert lot.bays.count() == 50


def test_of_two_people_who_save_a_form_at_once_the_second_is_rejected(person):
    lot = LotFactory()
    shown = services.revision_of(lot)

    def save(name: str):
        return services.change_lot(
            lot, person, code=lot.code, name=name, capacity=lot.capacity, revision=shown
        )

    given = at_once(lambda: save("Courtyard"), lambda: save("Parking deck"))
    assert [each.code for each in given if isinstance(each, Rejection)] == ["changed_meanwhile"]
