"""Pages of things link to what they have to do with, as far as a person may see it."""

import pytest

from core.permissions import StandardRole
from core.sealed_text import unseal
from people.models import Vehicle
from tests.browsers import hire, signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(here):
    """The registered car has the plate of the site's stay."""
    Vehicle.objects.filter(pk=here.vehicle.pk).update(plate=here.stay.plate, ends_at=None)
    here.vehicle.refresh_from_db()
    return here.vehicle


def lists_of(answer):
    return {str(label): address for label, address in answer.context["car_lists"]}


def test_a_stay_links_to_its_car_s_passages_and_owner_without_the_plate_in_an_address(
    here, manager, resident
):
    answer = manager.get(here.url("stay", here.stay.pk))
    address = lists_of(answer)["Passages of this car"]
    assert here.stay.plate[2:] not in address
    path, _mark, sealed = address.partition("?q=")
    assert path == here.url("passages")
    assert unseal(sealed.replace("%7E", "~")) == here.stay.plate
    assert resident.person.name in text(answer)


def test_the_list_behind_a_link_has_the_rows_of_that_car(here, manager):
    there = lists_of(manager.get(here.url("stay", here.stay.pk)))["Stays of this car"]
    rows = manager.get(there).context["rows"]
    assert here.stay in rows
    assert {row.plate for row in rows} == {here.stay.plate}


def test_a_person_without_the_access_lists_sees_no_owner(here, resident):
    finance = signed_in(hire(here.site, StandardRole.FINANCE))
    answer = finance.get(here.url("stay", here.stay.pk))
    assert resident.person.name not in text(answer)
    assert "Allow and block list" not in lists_of(answer)


def test_a_payment_of_a_stay_is_linked_for_those_who_see_money(here, finance, guard):
    payment = here.payment
    rows = finance.get(here.url("payments")).context["rows"]
    stay = next(row.stay_pk for row in rows if row == payment)
    address = here.url("finance_payment", payment.pk)
    assert address in text(finance.get(here.url("stay", stay)))
    assert address not in text(guard.get(here.url("stay", stay)))


def test_an_incident_about_a_watch_listed_plate_links_to_its_passages(here, manager):
    answer = signed_in(hire(here.site, StandardRole.SECURITY)).get(
        here.url("incident", here.incident.pk)
    )
    assert ("Passages of this car" in lists_of(answer)) == (here.incident.watch_entry is not None)


@pytest.mark.parametrize(
    ("page", "row", "kind"),
    [
        ("stay", "stay", "stay"),
        ("passage", "passage", "passage"),
        ("incident", "incident", "incident"),
        ("device", "sensor", "device"),
        ("meter", "meter", "meter"),
        ("place_unit", "unit", "unit"),
        ("place_bay", "bay", "bay"),
    ],
)
def test_a_page_of_a_thing_shows_its_history(here, page, row, kind):
    root = hire(here.site, StandardRole.MANAGER)
    root.is_superuser = True
    root.save()
    one = getattr(here, row)
    shown = text(signed_in(root).get(here.url(page, one.pk)))
    assert f"{here.url('history')}?kind={kind}&amp;subject={one.pk}" in shown


@pytest.mark.parametrize(
    ("page", "row", "kind"),
    [
        ("access", "entry", "access"),
        ("access_vehicles", "vehicle", "vehicle"),
        ("access_passes", "visit", "visitor_pass"),
    ],
)
def test_a_row_without_a_page_links_to_its_history_in_the_audit_log(here, manager, page, row, kind):
    one = getattr(here, row)
    address = f"{here.url('audit_log')}?kind={kind}&amp;subject={one.pk}"
    assert address in text(manager.get(here.url(page)))
