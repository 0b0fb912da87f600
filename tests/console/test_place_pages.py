"""Places are listed, shown and changed in the console."""

import json

import pytest

from core.models import AuditEntry, UndoableChange
from core.permissions import StandardRole
from estate import services
from estate.models import Bay, Building, Gate, Lane, Lot, Unit
from metering.models import MeterPoint
from tests.browsers import hire, signed_in, text
from tests.factories import (
    BayFactory,
    BuildingFactory,
    DeviceFactory,
    GateFactory,
    LaneFactory,
    LotFactory,
    OccupancyFactory,
    SiteFactory,
    UnitFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def manager(site):
    return signed_in(hire(site, StandardRole.MANAGER))


def url(site, path: str) -> str:
    return f"/s/{site.slug}/places/{path}"


def test_a_list_shows_what_is_in_use_and_on_request_what_has_ended(manager, site):
    BuildingFactory(site=site, name="Maple House")
    cedar = BuildingFactory(site=site, name="Cedar House")
    services.end_place(cedar, staff())
    in_use, ended = (
        text(manager.get(url(site, "buildings/"), {"state": state}))
        for state in ("in_use", "ended")
    )
    assert "Maple House" in in_use
    assert "Cedar House" not in in_use
    assert "Cedar House" in ended


def test_a_list_is_searched_by_code_and_name(manager, site):
    for code, name in (("1", "Maple House"), ("S", "Market Row")):
        BuildingFactory(site=site, code=code, name=name)
    assert "Maple" not in text(manager.get(url(site, "buildings/"), {"q": "market"}))
    assert "Nothing matches" in text(manager.get(url(site, "buildings/"), {"q": "oak"}))


@pytest.mark.parametrize(
    ("path", "hint"),
    [("buildings/", "Number them all"), ("lots/", "first one"), ("gates/", "gate")],
)
def test_an_empty_list_says_what_belongs_there(manager, site, path, hint):
    assert hint in text(manager.get(url(site, path)))


def test_cameras_without_a_lane_are_named_beside_the_gates(manager, site):
    lane = LaneFactory(site=site, camera=DeviceFactory(site=site, code="cam-of-lane"))
    DeviceFactory(site=site, code="cam-disabled", enabled=False)
    DeviceFactory(code="cam-elsewhere")
    notice = "These cameras serve no lane"
    assert notice not in text(manager.get(url(site, "gates/")))
    services.end_place(lane, staff())
    page = text(manager.get(url(site, "gates/")))
    assert notice in page
    assert "cam-of-lane" in page
    assert "cam-disabled" not in page
    assert "cam-elsewhere" not in page


def test_numbered_places_stand_in_the_order_of_their_numbers(manager, site):
    for code in ("10", "9", "1"):
        BuildingFactory(site=site, code=code, name=f"House {code}")
    rows = manager.get(url(site, "buildings/")).context["rows"]
    assert [building.code for building in rows] == ["1", "9", "10"]


def test_places_are_added_in_dialogs(manager, site):
    add = lambda path, **values: manager.post(url(site, path), values).status_code  # noqa: E731
    assert add("buildings/add/", code="1", name="Maple House") == 204
    assert add(f"buildings/{Building.objects.get().pk}/add/", code="101") == 204
    assert add("lots/add/", code="main", name="Courtyard", capacity=80) == 204
    assert add(f"lots/{Lot.objects.get().pk}/add/", code="A-01") == 204
    assert add("gates/add/", code="north", name="North gate") == 204
    lane = {"name": "North in", "direction": "entry", "lot": Lot.objects.get().pk}
    assert add(f"gates/{Gate.objects.get().pk}/add/", **lane) == 204
    assert (Unit.objects.count(), Bay.objects.count(), Lane.objects.count()) == (1, 1, 1)


def test_a_rejected_value_is_shown_at_its_field(manager, site):
    BuildingFactory(site=site, code="1")
    answer = manager.post(url(site, "buildings/add/"), {"code": "1", "name": "Maple House"})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"code"}


def test_the_second_of_two_people_is_shown_the_first_s_change(manager, site):
    lot = LotFactory(site=site, name="Yard")
    address = url(site, f"lots/{lot.pk}/change/")
    shown = manager.get(address).context["form"].initial
    services.change_lot(lot, staff("li"), code=lot.code, name="Courtyard", capacity=90)
    answer = manager.post(address, {**shown, "name": "Parking deck"})
    assert answer.status_code == 422
    assert "by li at" in text(answer)
    assert manager.post(address, answer.context["form"].data).status_code == 204
    lot.refresh_from_db()
    assert lot.name == "Parking deck"


def test_only_free_devices_are_offered_to_a_lane(manager, site):
    lane = LaneFactory(site=site, camera=None, barrier=None)
    LaneFactory(site=site, camera=None, barrier=None)
    taken = LaneFactory(site=site).camera
    free = DeviceFactory(site=site)
    barrier = DeviceFactory(site=site, kind="barrier", driver="gatehouse")
    DeviceFactory()  # of another site
    form = manager.get(url(site, f"lanes/{lane.pk}/change/")).context["form"]
    assert list(form.fields["camera"].queryset) == [free]
    assert taken not in form.fields["camera"].queryset
    assert [value for value, _label in form.fields["barrier"].choices] == [
        "",
        "camera",
        str(barrier.pk),
    ]


@pytest.mark.parametrize(("choice", "drives"), [("camera", True), ("", False)])
def test_a_lane_gets_its_camera_and_barrier(manager, site, choice, drives):
    lane = LaneFactory(site=site, camera=None, barrier=None)
    camera = DeviceFactory(site=site)
    address = url(site, f"lanes/{lane.pk}/change/")
    shown = manager.get(address).context["form"].initial
    values = {**shown, "lot": lane.lot_id, "camera": camera.pk, "barrier": choice}
    assert manager.post(address, values).status_code == 204
    lane.refresh_from_db()
    assert (lane.camera, lane.barrier) == (camera, camera if drives else None)


def test_a_barrier_driven_by_no_camera_is_rejected(manager, site):
    lane = LaneFactory(site=site, camera=None, barrier=None)
    address = url(site, f"lanes/{lane.pk}/change/")
    shown = manager.get(address).context["form"].initial
    values = {**shown, "lot": lane.lot_id, "camera": "", "barrier": "camera"}
    answer = manager.post(address, values)
    assert answer.context["form"].errors.keys() == {"barrier"}


def test_a_foreign_car_park_or_device_is_no_choice(manager, site):
    lane = LaneFactory(site=site, camera=None, barrier=None)
    address = url(site, f"lanes/{lane.pk}/change/")
    shown = {**manager.get(address).context["form"].initial, "lot": lane.lot_id, "camera": ""}
    stranger = LaneFactory()
    for field, value in (("lot", stranger.lot_id), ("camera", stranger.camera_id)):
        answer = manager.post(address, {**shown, field: value})
        assert answer.context["form"].errors.keys() == {field}
    barrier = DeviceFactory(kind="barrier", driver="gatehouse")
    assert manager.post(address, {**shown, "barrier": barrier.pk}).status_code == 422


def test_what_blocks_the_end_of_a_place_is_shown_with_links_and_without_a_button(manager, site):
    lane = LaneFactory(site=site)
    page = text(manager.get(url(site, f"lots/{lane.lot_id}/end/")))
    assert "1 lane uses this car park" in page
    assert url(site, f"lanes/{lane.pk}/") in page
    assert "btn-danger-soft" not in page
    assert manager.post(url(site, f"lots/{lane.lot_id}/end/")).status_code == 422


def test_the_consequences_of_an_end_are_shown_before(manager, site):
    building = UnitFactory(building__site=site).building
    address = url(site, f"buildings/{building.pk}/end/")
    assert "1 unit ends with it" in text(manager.get(address))
    assert manager.post(address).status_code == 204
    page = text(manager.get(url(site, f"buildings/{building.pk}/")))
    assert "Use again" in page
    assert manager.post(url(site, f"buildings/{building.pk}/restore/")).status_code == 204
    building.refresh_from_db()
    assert building.ended_at is None


def test_only_a_place_without_records_is_removed(manager, site):
    gate = GateFactory(site=site)
    used = LaneFactory(site=site).gate
    remove = [url(site, f"gates/{each.pk}/remove/") for each in (gate, used)]
    assert remove[0] in text(manager.get(url(site, f"gates/{gate.pk}/")))
    assert remove[1] not in text(manager.get(url(site, f"gates/{used.pk}/")))
    answer = manager.post(remove[0])
    assert (answer.status_code, answer["Location"]) == (303, url(site, "gates/"))
    assert manager.post(remove[1]).status_code == 422
    assert list(Gate.objects.filter(site=site)) == [used]


def test_a_bay_is_reserved_and_made_available_again(manager, site):
    bay = BayFactory(lot__site=site)
    values = {"restriction": "reserved", "reason": "for the doctor"}
    assert manager.post(url(site, f"bays/{bay.pk}/restrict/"), values).status_code == 204
    assert "for the doctor" in text(manager.get(url(site, f"lots/{bay.lot_id}/")))
    assert manager.post(url(site, f"bays/{bay.pk}/free/")).status_code == 204
    bay.refresh_from_db()
    assert bay.restriction == ""


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"buildings": 6, "first_building": 1, "floors": 18, "units": 4}, "432 will be created"),
        ({"buildings": 6, "first_building": 1, "floors": 999, "units": 4}, "999 is out of range"),
        ({"buildings": "six"}, "Enter the numbers"),
    ],
)
def test_numbering_is_previewed_without_creating_anything(manager, site, query, shown):
    query = {"pattern": "{floor}{unit:2}", **query}
    assert shown in text(manager.get(url(site, "buildings/number/preview/"), query))
    assert not Unit.objects.exists()


def test_a_second_numbering_names_what_exists(manager, site):
    values = {"letters": "A-", "first": 1, "count": 60, "digits": 3}
    lot = LotFactory(site=site)
    assert manager.post(url(site, f"lots/{lot.pk}/number/"), values).status_code == 204
    preview = text(manager.get(url(site, f"lots/{lot.pk}/number/preview/"), values))
    assert "Everything exists already." in preview
    assert "60 exist and stay as they are: A-001" in preview
    assert lot.bays.count() == 60


def test_an_ended_place_offers_no_parts_to_add(manager, site):
    lot = services.end_place(LotFactory(site=site), staff())
    assert manager.get(url(site, f"lots/{lot.pk}/add/")).status_code == 404
    assert manager.get(url(site, f"lots/{lot.pk}/number/")).status_code == 404


def initial(answer) -> dict:
    """What the fields of a dialog propose."""
    form = answer.context["form"]
    return {name: form[name].value() for name in form.fields}


def test_a_new_place_is_proposed_the_next_code(manager, site):
    LotFactory(site=site, code="P1")
    services.end_place(LotFactory(site=site, code="P2"), staff())
    assert initial(manager.get(url(site, "lots/add/")))["code"] == "P3"
    assert initial(manager.get(url(site, "gates/add/")))["code"] == "gate-1"
    assert initial(manager.get(url(site, "buildings/add/")))["code"] == "1"


def test_a_new_lane_is_proposed_the_direction_that_its_gate_lacks(manager, site):
    gate = GateFactory(site=site, name="North gate")
    lot = LotFactory(site=site)
    add = url(site, f"gates/{gate.pk}/add/")
    proposed = initial(manager.get(add))
    assert (proposed["name"], proposed["direction"]) == ("North gate entry", "entry")
    assert proposed["lot"] == lot.pk
    LaneFactory(gate=gate, lot=lot, direction="entry")
    assert initial(manager.get(add))["name"] == "North gate exit"
    LotFactory(site=site)
    assert initial(manager.get(add))["lot"] is None


def test_the_bays_of_the_next_car_park_are_proposed_other_letters(manager, site):
    first, second = LotFactory(site=site, capacity=12), LotFactory(site=site, capacity=30)
    BayFactory(lot=first, code="A-001")
    proposed = initial(manager.get(url(site, f"lots/{second.pk}/number/")))
    assert (proposed["letters"], proposed["count"]) == ("B-", 30)
    assert initial(manager.get(url(site, f"lots/{first.pk}/number/")))["count"] == 11


def test_numbered_places_keep_their_order_from_page_to_page(manager, site):
    lot = LotFactory(site=site)
    for number in range(1, 121):
        BayFactory(lot=lot, code=str(number))
    first = manager.get(url(site, "bays/"))
    assert "?state=in_use&amp;older=" in text(first)
    second = manager.get(
        url(site, "bays/"), {"state": "in_use", "older": first.context["list"].page.older}
    )
    back = manager.get(
        url(site, "bays/"), {"state": "in_use", "newer": second.context["list"].page.newer}
    )
    numbers = [[int(bay.code) for bay in each.context["rows"]] for each in (first, second, back)]
    assert numbers == [list(range(1, 51)), list(range(51, 101)), list(range(1, 51))]


def codes(answer):
    return [place.code for place in answer.context["rows"]]


def test_bays_are_listed_by_car_park_status_and_code(manager, site):
    lot = LotFactory(site=site)
    one, _other = BayFactory(lot=lot, code="A-1"), BayFactory(lot=lot, code="A-2")
    BayFactory(lot__site=site, code="B-1")
    BayFactory(code="elsewhere")
    services.restrict_bay(one, staff(), restriction="closed", reason="oil")
    assert codes(manager.get(url(site, "bays/"), {"lot": lot.pk})) == ["A-1", "A-2"]
    assert codes(manager.get(url(site, "bays/"), {"status": "closed"})) == ["A-1"]
    assert codes(manager.get(url(site, "bays/"), {"q": "b-"})) == ["B-1"]


def test_units_and_lanes_are_listed_across_their_buildings_and_gates(manager, site):
    unit, lane = UnitFactory(building__site=site, code="101"), LaneFactory(site=site)
    UnitFactory(), LaneFactory()
    assert codes(manager.get(url(site, "units/"), {"building": unit.building_id})) == ["101"]
    assert codes(manager.get(url(site, "lanes/"), {"gate": lane.gate_id})) == [lane.code]


def test_several_bays_are_closed_with_one_reason_and_made_available_again(manager, site):
    bays = [BayFactory(lot__site=site, code=f"A-{number}") for number in range(3)]
    rows = "&".join(f"row={bay.pk}" for bay in bays)
    values = {"restriction": "closed", "reason": "repainting", "confirmed_rows": 3}
    assert manager.post(url(site, f"bays/bulk/restrict/?{rows}"), values).status_code == 204
    shown = manager.get(url(site, "bays/"), {"status": "closed"})
    assert codes(shown) == ["A-0", "A-1", "A-2"]
    assert "repainting" in text(shown)
    answer = manager.post(url(site, f"bays/bulk/free/?{rows}"), {"confirmed_rows": 3})
    assert json.loads(answer["HX-Trigger"])["notice"]["text"] == "3 bays available."


def test_a_bulk_restriction_of_bays_can_be_undone_unless_a_bay_has_ended(manager, site):
    kept, free = BayFactory(lot__site=site), BayFactory(lot__site=site)
    services.restrict_bay(kept, staff(), restriction="reserved", reason="for the doctor")
    values = {"restriction": "closed", "reason": "repainting", "confirmed_rows": 2}
    address = url(site, f"bays/bulk/restrict/?row={kept.pk}&row={free.pk}")
    undo = lambda: manager.post(  # noqa: E731
        url(site, "bays/bulk/undo/"), {"change": UndoableChange.objects.latest("pk").pk}
    )
    manager.post(address, values)
    undo()
    kept.refresh_from_db(), free.refresh_from_db()
    assert (kept.restriction, kept.restriction_reason) == ("reserved", "for the doctor")
    assert (free.restriction, free.status) == ("", "unknown")
    manager.post(address, values)
    services.end_place(free, staff())
    assert json.loads(undo()["HX-Trigger"])["notice"]["kind"] == "warning"
    kept.refresh_from_db()
    assert kept.restriction == "closed"


def test_the_page_of_a_unit_shows_its_people_cars_and_meters_and_the_view_is_audited(here):
    manager = signed_in(hire(here.site, StandardRole.MANAGER))
    unit, car = here.unit, here.vehicle
    OccupancyFactory(unit=unit, person=car.person)
    MeterPoint.objects.filter(meters=here.meter).update(unit=unit, building=None)
    page = text(manager.get(here.url("place_unit", unit.pk)))
    assert car.person.name in page
    assert car.plate[2:] in page
    assert here.url("meter", here.meter.pk) in page
    entry = AuditEntry.objects.filter(site=here.site, action="read unit").get()
    assert entry.subject == ("unit", str(unit.pk))
