"""The pages of the allow and block list, residents' cars and visitor passes."""

import json

import pytest

from access.models import AccessListEntry, VisitorPass
from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from people.models import Vehicle
from people.services import end_vehicle
from tests.browsers import hire, text
from tests.factories import (
    CompanyFactory,
    OccupancyFactory,
    PersonFactory,
    UnitFactory,
    VehicleFactory,
)
from tests.rooms import World

pytestmark = pytest.mark.django_db


def test_a_car_and_a_pass_are_entered_and_ended(here, manager):
    times = {"begins_at": "2026-03-01T08:00", "ends_at": "2036-03-01T08:00"}
    owner = {"name": "any", "person": here.vehicle.person.pk}
    manager.post(here.url("add_vehicle"), {"plate": "沪A00003", **owner, **times})
    vehicle = Vehicle.objects.get(plate="沪A00003")
    visit = {"plate": "沪A00004", "entries_allowed": "2", "free_minutes": "0", **times}
    manager.post(here.url("add_pass"), visit)
    made = VisitorPass.objects.get(plate="沪A00004")
    manager.post(here.url("end_vehicle", vehicle.pk))
    manager.post(here.url("cancel_pass", made.pk))
    assert "00003" not in text(manager.get(here.url("access_vehicles")))
    assert "00004" not in text(manager.get(here.url("access_passes")))
    assert "00003" in text(manager.get(here.url("access_vehicles"), {"reset": "1"}))


def test_a_car_of_a_new_person_needs_an_explicit_choice(here, manager):
    said = {"plate": "沪A00003", "name": "Wang Lei", "begins_at": "2026-03-01T08:00"}
    answer = manager.post(here.url("add_vehicle"), said)
    assert answer.status_code == 422
    assert "Choose a person, or “New person”." in text(answer)
    manager.post(here.url("add_vehicle"), {**said, "person": "new", "phone": "138 1234"})
    assert Vehicle.objects.get(plate="沪A00003").person.phone == "138 1234"


def test_a_person_of_another_site_cannot_be_chosen(here, manager):
    said = {"plate": "沪A00003", "name": "x", "begins_at": "2026-03-01T08:00"}
    for chosen in (PersonFactory().pk, "9" * 20, "-1", "²"):
        assert manager.post(here.url("add_vehicle"), {**said, "person": chosen}).status_code == 422


def test_people_of_one_name_are_told_apart_by_unit_phone_and_cars(here, manager):
    unit = UnitFactory(building__site=here.site, building__code="7", code="0803")
    OccupancyFactory(person__site=here.site, person__name="Wang Lei", unit=unit)
    other = PersonFactory(site=here.site, name="Wang Lei", phone="13800001234")
    VehicleFactory(person=other, plate="沪B00005")
    shown = text(manager.post(here.url("find_people"), {"name": "wang lei"}))
    assert "7-0803" in shown
    assert "phone …1234" in shown
    assert "1380000" not in shown
    assert "沪B00005" in shown


def test_a_second_entry_is_refused_with_the_first_one_named(here, manager):
    said = {"kind": "allow", "plate": here.entry.plate, "reason": "x"}
    answer = manager.post(here.url("add_entry"), {**said, "begins_at": "2026-03-01T08:00"})
    assert answer.status_code == 422
    assert f"({here.entry.reason})" in text(answer)
    assert "Change the end of that entry" in text(answer)
    manager.post(here.url("change_entry_end", here.entry.pk), {"ends_at": "2036-01-01T00:00"})
    here.entry.refresh_from_db()
    assert here.entry.ends_at.year == 2035


def test_a_plate_on_both_lists_is_reported_with_the_list_that_decides(here, manager):
    said = {"kind": "block", "plate": here.entry.plate, "reason": "debt"}
    answer = manager.post(here.url("add_entry"), {**said, "begins_at": "2026-03-01T08:00"})
    notice = json.loads(answer["HX-Trigger"])["notice"]
    assert notice["kind"] == "warning"
    assert "Allow list. At entries the block list decides." in notice["text"]
    assert "also blocked" in text(manager.get(here.url("access")))


def test_an_unusual_plate_is_accepted_once_it_is_confirmed(here, manager):
    said = {"kind": "allow", "plate": "GWAGEN", "reason": "x", "begins_at": "2026-03-01T08:00"}
    answer = manager.post(here.url("add_entry"), said)
    assert answer.status_code == 422
    assert 'name="unusual_plate"' in text(answer)
    answer = manager.post(here.url("add_entry"), {**said, "unusual_plate": "on"})
    assert answer.status_code == 204


LISTS = {
    "access": ("bulk_entries", "entry"),
    "access_vehicles": ("bulk_vehicles", "vehicle"),
    "access_passes": ("bulk_passes", "visit"),
}


def plates(client, here, name, **query):
    """The plates on a page of that list."""
    return [row.plate for row in client.get(here.url(name), query).context["rows"]]


def end(client, here, name, *rows):
    """Confirm that these rows of the list end."""
    chosen = "&".join(f"row={row.pk}" for row in rows)
    address = f"{here.url(LISTS[name][0], 'end')}?{chosen}"
    return client.post(address, {"confirmed_rows": len(rows)})


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_what_has_not_ended_until_the_rest_is_asked_for(here, manager, name):
    row = getattr(here, LISTS[name][1])
    assert row.plate in plates(manager, here, name)
    assert end(manager, here, name, row).status_code == 204
    assert row.plate not in plates(manager, here, name)
    assert row.plate in plates(manager, here, name, state="ended")
    assert row.plate in plates(manager, here, name, reset="1")


@pytest.mark.parametrize("name", LISTS)
def test_a_row_is_found_by_a_part_of_its_plate_which_no_address_names(here, manager, name):
    row = getattr(here, LISTS[name][1])
    answer = manager.post(here.url(name), {"q": row.plate[2:], "filter": "1"})
    assert row.plate[2:] not in answer["Location"]
    assert [each.plate for each in manager.get(answer["Location"]).context["rows"]] == [row.plate]
    assert plates(manager, here, name, q="XXXXX") == []
    assert plates(manager, here, name, q="·") == []


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"since": "2100-01-01T00:00"}, False),
        ({"since": "2020-01-01T00:00"}, True),
        ({"until": "1999-01-01T00:00"}, False),
        ({"until": "2100-01-01T00:00"}, True),
        ({"state": "ended"}, False),
    ],
)
def test_a_row_is_found_by_the_time_in_which_it_is_valid(here, manager, name, query, found):
    row = getattr(here, LISTS[name][1])
    type(row).objects.filter(pk=row.pk).update(
        begins_at="2026-01-01T00:00Z", ends_at="2099-01-01T00:00Z"
    )
    assert (row.plate in plates(manager, here, name, **query)) == found


def test_entries_are_filtered_by_their_list(here, manager):
    assert plates(manager, here, "access", kind=here.entry.kind) == [here.entry.plate]
    other = {"allow": "block", "block": "allow"}[here.entry.kind]
    assert plates(manager, here, "access", kind=other) == []


@pytest.mark.parametrize("name", LISTS)
def test_rows_end_together_and_each_is_audited(here, manager, name):
    row = getattr(here, LISTS[name][1])
    before = AuditEntry.objects.count()
    end(manager, here, name, row)
    assert AuditEntry.objects.count() == before + 1
    answer = end(manager, here, name, row)
    assert json.loads(answer["HX-Trigger"])["notice"]["text"].startswith("0 of 1 rows changed.")
    assert AuditEntry.objects.count() == before + 1


def test_cars_whose_registration_has_ended_are_counted_apart(here, manager):
    cars = [VehicleFactory(site=here.site, plate=f"沪C0000{n}") for n in range(3)]
    end_vehicle(cars[0], hire(here.site, StandardRole.MANAGER))
    notice = json.loads(end(manager, here, "access_vehicles", *cars)["HX-Trigger"])["notice"]
    assert notice["text"].startswith("2 of 3 rows changed.")


def test_a_row_of_another_site_does_not_end(here, manager):
    there = World.build()
    end(manager, here, "access", here.entry, there.entry)
    ended = AccessListEntry.objects.filter(ends_at__lte=clock.now())
    assert [each.pk for each in ended] == [here.entry.pk]


def test_a_guard_ends_nothing(here, guard):
    assert end(guard, here, "access", here.entry).status_code == 403


def test_an_export_leaves_out_the_buttons(here, manager):
    answer = manager.get(here.url("access"), {"export": "csv"})
    header = b"".join(answer.streaming_content).decode().splitlines()[0]
    assert header.endswith("Plate,List,Reason,From,Until,By")


def test_a_list_that_was_never_used_says_what_belongs_there(here, manager):
    VisitorPass.objects.all().delete()
    assert "A pass lets a visitor" in text(manager.get(here.url("access_passes")))
    shown = text(manager.get(here.url("access_passes"), {"state": "ended"}))
    assert "Nothing matches these filters." in shown


def test_a_car_is_registered_to_a_company_found_by_its_shop(here, manager):
    lease = OccupancyFactory(
        person=None,
        company=CompanyFactory(site=here.site, name="Row Bakery"),
        unit__building__code="S",
        unit__code="02",
    )
    shown = text(manager.post(here.url("find_people"), {"name": "s-02"}))
    assert "Row Bakery" in shown
    owner = {"name": "s-02", "person": f"company-{lease.company_id}"}
    values = {"plate": "沪A00009", "begins_at": "2026-01-01T00:00", **owner}
    assert manager.post(here.url("add_vehicle"), values).status_code == 204
    assert Vehicle.objects.get(plate="沪A00009").company == lease.company
    assert "Row Bakery" in text(manager.get(here.url("access_vehicles")))
    for chosen in (f"company-{CompanyFactory().pk}", "company-x"):
        answer = manager.post(here.url("add_vehicle"), {**values, "person": chosen})
        assert answer.status_code == 422
