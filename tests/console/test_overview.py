"""The overview: figures of each area, one by one, and the wall display."""

from datetime import timedelta

import pytest

from access.models import Passage
from core import clock
from core.permissions import StandardRole
from incidents.selectors import active
from incidents.services import raise_incident
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory
from ui.sections import figures, sections_of

pytestmark = pytest.mark.django_db
NAMES = {"health", "traffic", "occupancy", "waiting", "doors", "incidents", "devices", "money"}


def figure(client, here, name) -> str:
    return text(client.get(here.url("figure"), {"name": name}))


def shown(page) -> set[str]:
    return {each["figure"].name for each in page.context["figures"]}


def test_a_manager_sees_the_figures_of_every_area(here, manager):
    assert shown(manager.get(here.url("overview"))) == NAMES


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (StandardRole.TECHNICIAN, {"health", "devices"}),
        (StandardRole.FINANCE, {"traffic", "occupancy", "waiting", "money"}),
        (StandardRole.GUARD, {"traffic", "occupancy", "waiting", "doors", "incidents"}),
    ],
)
def test_a_role_sees_the_figures_that_it_is_permitted(here, role, names):
    assert shown(signed_in(hire(here.site, role)).get(here.url("overview"))) == names


def test_a_figure_without_permission_is_not_found(here, technician):
    assert technician.get(here.url("figure"), {"name": "money"}).status_code == 404
    assert technician.get(here.url("figure"), {"name": "x"}).status_code == 404


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_figures_of_one_area_need_few_queries(
    here, manager, name, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40):
        manager.get(here.url("figure"), {"name": name})


def test_cars_lead_to_the_passages_of_today(here, manager):
    Passage.objects.filter(site=here.site).update(state="passed", at=clock.now())
    page = figure(manager, here, "traffic")
    address = page.split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert "direction=entry&seen_from=" in address
    assert manager.get(address).context["list"].criteria.keys() == {"direction", "seen_from"}


def test_the_table_beside_a_chart_has_a_row_for_each_hour(here, manager):
    assert figure(manager, here, "traffic").count('<th scope="row">') == 24


def test_a_lot_leads_to_the_stays_inside_it(here, manager):
    page = figure(manager, here, "occupancy")
    assert f"?status=open&amp;lot={here.gate.lot.code}" in page


def test_incidents_are_counted_by_severity_and_age(here, manager):
    here.incident.severity = "severe"
    here.incident.first_at = clock.now() - timedelta(hours=3)
    here.incident.save()
    new = active(here.site).filter(severity="severe").count() - 1
    row = figure(manager, here, "incidents").split("Severe</a></th>")[1].split("</tr>")[0]
    assert row == f'<td class="num">{new}</td><td class="num">1</td><td class="num">0</td>'


def test_the_wall_display_has_no_navigation(here, manager):
    page = text(manager.get(here.url("overview"), {"wall": "1"}))
    assert "<nav" not in page
    assert "data-wall" in page


def test_the_wall_display_extends_its_session(here, manager):
    assert "sessionid" not in manager.get(here.url("overview")).cookies
    assert "sessionid" in manager.get(here.url("overview"), {"wall": "1"}).cookies


def test_names_of_figures_are_unique(here):
    every = figures(sections_of("console"), frozenset(_all_permissions()))
    assert len(every) == len({each.name for each in every}) == len(NAMES)


def _all_permissions() -> set[str]:
    return {each.permission for section in sections_of("console") for each in section.figures}


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("device_alarm", True),
        ("barrier_hit", True),
        ("door_forced", False),
        ("tailgating", False),
    ],
)
def test_a_technician_s_start_lists_the_incidents_that_are_work_on_a_device(
    here, technician, kind, listed
):
    device = DeviceFactory(site=here.site, code="odd-one")
    raise_incident(here.site.pk, kind, f"device:{device.pk}:part", "minor", clock.now(), {})
    page = text(technician.get(here.url("fleet_health")))
    card = page.split("Incidents of devices")[1].split("</section>")[0]
    assert ("odd-one" in card) == listed
    assert here.url("incidents") not in card
