"""The page of statistics of incidents, and its tables as files."""

from datetime import timedelta

import pytest

from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from incidents import services
from incidents.models import Incident
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(here) -> Incident:
    """An incident that was acknowledged after ten minutes."""
    device = DeviceFactory(site=here.site, code="smoke-1")
    at = clock.now() - timedelta(minutes=10)
    source = f"device:{device.pk}"
    incident = services.raise_incident(here.site.pk, "device_alarm", source, "severe", at, {})
    services.acknowledge(incident, hire(here.site, StandardRole.GUARD))
    return incident


def export(client, here, table, kind="csv", **query):
    return client.get(here.url("incident_statistics"), {"table": table, "export": kind, **query})


def lines(answer) -> list[str]:
    return answer.getvalue().decode("utf-8-sig").splitlines()


def test_the_page_shows_response_times_and_charts(here, manager, answered):
    shown = text(manager.get(here.url("incident_statistics")))
    assert "10 min" in shown
    assert shown.count("data-trend-plot") == 2


def test_a_table_is_exported_with_durations_in_seconds(here, manager, answered):
    head, *rows = lines(export(manager, here, "severities"))
    assert "Median until acknowledged (seconds)" in head
    severe = next(row for row in rows if row.startswith("Severe")).split(",")
    assert float(severe[3]) == pytest.approx(600, abs=30)
    assert AuditEntry.objects.latest("pk").detail == {"format": "csv"}


def test_a_chinese_export_names_acknowledgement_and_unit_as_the_pages_do(here, manager, answered):
    manager.cookies["django_language"] = "zh-hans"
    head = lines(export(manager, here, "severities"))[0]
    assert "知悉用时中位数（秒）" in head
    assert "核实用时中位数（秒）" in head
    assert "seconds" not in head


def test_a_workbook_is_exported_as_well(here, manager, answered):
    answer = export(manager, here, "kinds", "xlsx")
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_an_empty_period_has_nothing(here, manager, answered):
    period = {"since": "2020-01-01", "until": "2020-01-31"}
    shown = text(manager.get(here.url("incident_statistics"), period))
    assert shown.count("Nothing in this period.") == 9
    assert lines(export(manager, here, "weeks", **period))[1:] == []


@pytest.mark.parametrize(
    "period",
    [{"since": "x"}, {"since": "2026-02-01", "until": "2026-01-01"}, {"until": "9000-01-01"}],
)
def test_an_invalid_period_is_answered(here, manager, period):
    assert manager.get(here.url("incident_statistics"), period).status_code == 200


def test_an_unknown_table_is_not_found(here, manager):
    assert export(manager, here, "salaries").status_code == 404


def test_the_plates_of_the_watch_list_need_its_permission_and_are_audited(here, manager):
    for _again in range(2):
        source = f"watch:{here.watch.pk}"
        found = services.raise_incident(
            here.site.pk, "plate_watchlist", source, "severe", clock.now(), {}, here.watch
        )
        Incident.objects.filter(pk=found.pk).update(state="closed", cleared=True)
    assert here.watch.plate in text(manager.get(here.url("incident_statistics")))
    assert AuditEntry.objects.filter(action="read watch-listed plates").count() == 1
    person = hire(here.site, StandardRole.SECURITY)
    person.memberships.get().role.permissions.filter(code="incidents.manage_watch_list").delete()
    client = signed_in(person)
    assert here.watch.plate not in text(client.get(here.url("incident_statistics")))
    assert export(client, here, "plates").status_code == 404
