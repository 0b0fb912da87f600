"""People, companies and occupancies in the console: lists, pages, who may see what."""

import re
from datetime import timedelta

import pytest

from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from core.plates import fold
from people import services
from people.models import Company, Person, Vehicle
from people.periods import today
from tests.browsers import hire, signed_in, text
from tests.factories import (
    BayFactory,
    CompanyFactory,
    OccupancyFactory,
    PersonFactory,
    StayFactory,
    UnitFactory,
    VehicleFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(here):
    return UnitFactory(building__site=here.site, building__code="9", code="0901")


@pytest.fixture
def tenant(here, unit):
    person = PersonFactory(site=here.site, name="Wang Lei", phone="+86 138 0001 7766")
    OccupancyFactory(person=person, unit=unit)
    VehicleFactory(person=person, plate="沪E77777")
    return person


def listed(client, here, name, **filters):
    answer = client.post(here.url(name), {**filters, "filter": "1"}, follow=True)
    return text(answer)


@pytest.mark.parametrize("words", ["wang l", "138 0001", "7766", "E7777"])
def test_people_are_found_by_name_phone_and_plate(here, manager, tenant, words):
    other = PersonFactory(site=here.site, name="Someone else")
    shown = listed(manager, here, "people", q=words)
    assert tenant.name in shown
    assert "9-0901" in shown
    assert "沪E" in shown
    assert other.name not in shown


def test_a_search_leaves_no_name_in_the_address(here, manager, tenant):
    answer = manager.post(here.url("people"), {"q": "Wang", "filter": "1"})
    assert "Wang" not in answer["Location"]


def test_people_are_filtered_by_state_role_building_and_car(here, manager, tenant, unit):
    gone = OccupancyFactory(
        person__site=here.site, person__name="Moved Away", unit=unit, ends_on=today(here.site)
    ).person
    for filters in (
        {"state": "here"},
        {"role": "tenant"},
        {"building": unit.building_id},
        {"car": "with"},
    ):
        shown = listed(manager, here, "people", **filters)
        assert (tenant.name in shown, gone.name in shown) == (True, False), filters
    assert gone.name in listed(manager, here, "people", state="gone")
    assert tenant.name not in listed(manager, here, "people", role="owner")


def test_a_person_whose_data_was_erased_is_not_listed(here, manager, tenant):
    Person.objects.filter(pk=tenant.pk).update(erased_at=clock.now())
    assert "9-0901" not in listed(manager, here, "people", q="wang")


def test_the_page_of_a_person_links_what_belongs_to_them(here, manager, tenant, unit):
    stay = StayFactory(lot=here.gate.lot, plate="沪E77777", folded=fold("沪E77777"))
    shown = text(manager.get(here.url("person", tenant.pk)))
    assert here.url("place_unit", unit.pk) in shown
    assert here.url("stay", stay.pk) in shown
    assert "沪E</b>77777" in shown
    assert here.url("consents", tenant.pk) in shown
    last = AuditEntry.objects.filter(site=here.site).latest("pk")
    assert (last.action, last.subject_id) == ("read person", str(tenant.pk))


def test_a_stay_before_the_car_was_theirs_is_not_shown(here, manager, tenant):
    Vehicle.objects.filter(person=tenant).update(begins_at=clock.now())
    stay = StayFactory(
        lot=here.gate.lot,
        plate="沪E77777",
        folded=fold("沪E77777"),
        entered_at=clock.now() - timedelta(days=2),
    )
    assert here.url("stay", stay.pk) not in text(manager.get(here.url("person", tenant.pk)))


def test_who_may_not_see_stays_or_places_gets_no_links_to_them(here, tenant, unit):
    StayFactory(lot=here.gate.lot, plate="沪E77777", folded=fold("沪E77777"))
    shown = text(
        signed_in(hire(here.site, StandardRole.FINANCE)).get(here.url("person", tenant.pk))
    )
    assert "Latest stays" in shown
    assert here.url("place_unit", unit.pk) not in shown
    assert here.url("change_person", tenant.pk) not in shown


def test_a_company_shows_its_units_staff_and_cars(here, manager, unit):
    company = CompanyFactory(site=here.site, name="Market Row Bakery", tax_number="91310000X")
    OccupancyFactory(person=None, company=company, unit=unit)
    baker = OccupancyFactory(
        person__site=here.site, person__name="Zhou Qiang", unit=unit, role="worker"
    )
    VehicleFactory(person=None, company=company, plate="沪D55555")
    page = text(manager.get(here.url("company", company.pk)))
    assert here.url("person", baker.person_id) in page
    assert "沪D</b>55555" in page
    row = listed(manager, here, "companies", q="bakery")
    assert '<td class="num" data-label="Staff">1</td>' in row
    assert "91310000X" in row


def test_occupancies_that_end_soon_are_found(here, manager, unit):
    day = today(here.site)
    soon, later = (
        OccupancyFactory(
            person__site=here.site,
            person__name=name,
            unit=unit,
            role="owner",
            ends_on=day + timedelta(days=days),
        )
        for name, days in (("Ends Soon", 20), ("Ends Later", 200))
    )
    shown = listed(manager, here, "occupancies", ends="30")
    assert (soon.person.name in shown, later.person.name in shown) == (True, False)
    assert (day + timedelta(days=19)).isoformat() in shown  # people read the last day


def test_an_occupancy_names_who_else_is_there_and_what_it_pays(here, manager, unit, tenant):
    own = tenant.occupancies.get()
    services.set_payer(own, staff(), on=today(here.site))
    owner = OccupancyFactory(person__site=here.site, unit=unit, role="owner")
    shown = text(manager.get(here.url("occupancy", own.pk)))
    assert owner.person.name in shown
    assert "all fees" in shown


def test_an_occupancy_of_a_bay_links_the_bay(here, manager):
    bay = BayFactory(lot=here.gate.lot)
    own = OccupancyFactory(person__site=here.site, unit=None, bay=bay)
    assert here.url("place_bay", bay.pk) in text(manager.get(here.url("person", own.person_id)))


def test_a_person_is_added_and_changed(here, manager):
    values = {"name": "Li  Na", "phone": "138", "email": "", "born_on": "1990-05-04"}
    assert manager.post(here.url("add_person"), values).status_code == 204
    person = Person.objects.get(site=here.site, name="Li Na")
    again = manager.post(here.url("add_person"), values)
    assert again.status_code == 422
    assert "is registered already" in text(again)
    form = manager.get(here.url("change_person", person.pk))
    revision = form.content.decode().partition('name="revision" value="')[2].partition('"')[0]
    changed = {**values, "name": "Li Na", "phone": "139", "revision": revision}
    assert manager.post(here.url("change_person", person.pk), changed).status_code == 204
    person.refresh_from_db()
    assert person.phone == "139"
    late = manager.post(here.url("change_person", person.pk), {**changed, "phone": "137"})
    assert late.status_code == 422


def test_two_companies_have_no_tax_number_in_common(here, manager):
    first = {"name": "Golden Osmanthus", "tax_number": "9131 0000ma"}
    assert manager.post(here.url("add_company"), first).status_code == 204
    assert Company.objects.get(site=here.site, tax_number="91310000MA").name == "Golden Osmanthus"
    second = manager.post(here.url("add_company"), {**first, "name": "Other"})
    assert second.status_code == 422
    assert "has this tax number" in text(second)


def test_people_companies_and_units_are_found_by_the_search_box(here, manager, tenant, unit):
    company = CompanyFactory(site=here.site, name="Courtyard Pharmacy")
    for words, address in (
        ("wang lei", here.url("person", tenant.pk)),
        ("courtyard", here.url("company", company.pk)),
        ("9-0901", here.url("place_unit", unit.pk)),
    ):
        assert address in text(manager.post(here.url("find"), {"text": words})), words


def test_a_car_is_registered_from_the_page_of_its_holder(here, manager, tenant):
    shown = text(manager.get(here.url("add_vehicle"), {"holder": tenant.pk}))
    assert re.search(rf'value="{tenant.pk}"\s+checked', shown)
    stranger = PersonFactory()
    shown = text(manager.get(here.url("add_vehicle"), {"holder": stranger.pk}))
    assert stranger.name not in shown
