"""Places are created and changed; two people who change one place at once notice it."""

import pytest

from core import audit
from core.errors import Rejection
from core.models import AuditEntry
from estate import services
from estate.models import Building, Unit
from tests.factories import (
    BayFactory,
    BuildingFactory,
    GateFactory,
    LotFactory,
    SiteFactory,
    UnitFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db

CHANGES = {
    "building": (BuildingFactory, services.change_building, {"code": "7A", "name": "Elm House"}),
    "unit": (UnitFactory, services.change_unit, {"code": "12-03"}),
    "lot": (
        LotFactory,
        services.change_lot,
        {"code": "deck", "name": "Parking deck", "capacity": 240},
    ),
    "bay": (BayFactory, services.change_bay, {"code": "B-07"}),
    "gate": (GateFactory, services.change_gate, {"code": "east", "name": "East gate"}),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_stored_and_audited_with_what_was_there_before(kind):
    make, change, values = CHANGES[kind]
    place = make()
    before = {name: getattr(place, name) for name in values}
    change(place, staff("li"), **values)
    place.refresh_from_db()
    assert {name: getattr(place, name) for name in values} == values
    entry = audit.history(place.site, (kind, place.pk)).last()
    assert (entry.actor, entry.action) == ("li", f"change {kind}")
    assert entry.detail == {name: [before[name], value] for name, value in values.items()}


@pytest.mark.parametrize("kind", CHANGES)
def test_the_second_of_two_people_is_shown_what_the_first_has_changed(kind):
    make, change, values = CHANGES[kind]
    place = make()
    shown = services.revision_of(place)
    first = {**values, "code": "first"}
    change(place, staff("li"), **first, revision=shown)
    with pytest.raises(Rejection, match=r"by li at .*first") as rejected:
        change(place, staff("wang"), **values, revision=shown)
    place.refresh_from_db()
    assert place.code == "first"
    change(place, staff("wang"), **values, revision=rejected.value.params["revision"])
    place.refresh_from_db()
    assert place.code == values["code"]


def test_a_form_that_changes_nothing_leaves_no_entry():
    lot = LotFactory()
    services.change_lot(lot, staff(), code=lot.code, name=lot.name, capacity=lot.capacity)
    assert not audit.history(lot.site, ("lot", lot.pk)).exists()


@pytest.mark.parametrize("kind", CHANGES)
def test_the_code_of_another_place_is_rejected(kind):
    make, change, values = CHANGES[kind]
    owner = {"unit": "building", "bay": "lot"}.get(kind, "site")
    place = make()
    make(**{owner: getattr(place, owner), "code": values["code"]})
    with pytest.raises(Rejection) as rejected:
        change(place, staff(), **values)
    assert (rejected.value.field, rejected.value.code) == ("code", "already_used")
    make(code=values["code"])  # at another site it is free


@pytest.mark.parametrize(
    ("kind", "field", "wrong"),
    [
        ("building", "code", ""),
        ("building", "name", "x" * 81),
        ("unit", "code", "x" * 21),
        ("lot", "code", "no spaces"),
        ("lot", "capacity", -1),
        ("gate", "code", "nord/süd"),
        ("gate", "name", " "),
        ("bay", "code", " "),
    ],
)
def test_a_malformed_value_is_rejected_at_its_field(kind, field, wrong):
    make, change, values = CHANGES[kind]
    place = make()
    with pytest.raises(Rejection) as rejected:
        change(place, staff(), **{**values, field: wrong})
    assert rejected.value.field == field


def test_surrounding_spaces_are_no_part_of_a_code():
    building = services.create_building(SiteFactory(), staff(), code=" 7 ", name=" Elm House ")
    assert (building.code, building.name) == ("7", "Elm House")


def test_a_place_that_has_ended_is_not_changed_and_gets_no_parts():
    building = BuildingFactory()
    services.end_place(building, staff())
    building.refresh_from_db()
    with pytest.raises(Rejection, match="has ended"):
        services.change_building(building, staff(), code="9", name="x")
    with pytest.raises(Rejection, match="has ended"):
        services.create_unit(building, staff(), code="101")
    assert not Unit.objects.exists()


def test_the_code_of_an_ended_place_stays_taken():
    building = BuildingFactory(code="7")
    services.end_place(building, staff())
    with pytest.raises(Rejection) as rejected:
        services.create_building(building.site, staff(), code="7", name="Elm House")
    assert rejected.value.code == "used_by_ended"
    assert Building.objects.count() == 1


def test_a_rejected_change_leaves_no_audit_entry():
    building = BuildingFactory()
    before = AuditEntry.objects.count()
    with pytest.raises(Rejection):
        services.change_building(building, staff(), code="", name="x")
    assert AuditEntry.objects.count() == before
