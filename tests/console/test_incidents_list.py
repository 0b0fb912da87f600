"""The list of incidents, and acknowledging several of them with one confirmation."""

import json
from datetime import timedelta

import pytest

from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from incidents.models import Incident
from incidents.services import acknowledge, close, raise_incident, review
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory
from tests.rooms import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def incidents(here):
    """Three incidents of devices beside the site's own, an hour apart."""
    return [
        raised(here, "device_offline", "minor", hours=3),
        raised(here, "device_alarm", "severe", hours=2),
        raised(here, "barrier_hit", "severe", hours=1),
    ]


def raised(here, kind, severity, hours):
    device = DeviceFactory(site=here.site, code=f"yard-{hours}")
    at = clock.now() - timedelta(hours=hours)
    return raise_incident(here.site.pk, kind, f"device:{device.pk}", severity, at, {})


def rows(client, here, **query):
    return {incident.pk for incident in client.get(here.url("incidents"), query).context["rows"]}


def bulk(client, here, method="get", confirmed=None, **query):
    """Open or confirm the dialog of acknowledging the selected rows."""
    address = here.url("bulk_incidents", "acknowledge")
    chosen = "&".join(f"{name}={value}" for name, many in query.items() for value in many)
    data = {} if confirmed is None else {"confirmed_rows": confirmed}
    return getattr(client, method)(f"{address}?{chosen}", **({"data": data} if data else {}))


def notice(answer):
    return json.loads(answer["HX-Trigger"])["notice"]


def test_the_list_opens_with_the_active_incidents_and_then_as_it_was_left(here, guard, incidents):
    ended = review(incidents[0], hire(here.site, StandardRole.SECURITY), False, "a test")
    assert ended.pk not in rows(guard, here)
    assert ended.pk in rows(guard, here, reset="1")
    assert ended.pk in rows(guard, here)


def test_each_incident_names_the_device_that_it_is_about(here, guard, incidents):
    codes = {row.pk: row.device_code for row in guard.get(here.url("incidents")).context["rows"]}
    assert [codes[each.pk] for each in incidents] == ["yard-3", "yard-2", "yard-1"]
    assert codes[here.incident.pk] is None  # about a plate
    assert "yard-1" in text(guard.get(here.url("incidents")))


@pytest.mark.parametrize(
    ("query", "stored", "found"),
    [
        ({"kind": "device_alarm"}, {"kind": "device_alarm"}, [1]),
        ({"severity": "minor"}, {"severity": "minor"}, [0]),
        ({"severity": "severe"}, {"severity": "severe"}, [1, 2]),
        ({"state": "confirmed"}, {"state": "confirmed"}, []),
        ({"since": "2100-01-01T00:00"}, {"last_at__year__gte": 2100}, []),
        ({"until": "1999-01-01T00:00"}, {"first_at__year__lt": 1999}, []),
        ({"until": "2100-01-01T00:00", "severity": "minor"}, {"severity": "minor"}, [0]),
    ],
)
def test_incidents_are_filtered(here, guard, incidents, query, stored, found):
    shown = rows(guard, here, **query)
    assert shown & {each.pk for each in incidents} == {incidents[each].pk for each in found}
    assert shown == {each.pk for each in Incident.objects.filter(site=here.site, **stored)}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"device": "yard-3"}, [0]),
        ({"device": "YARD-1", "severity": "severe"}, [2]),
        ({"device": "yard-1", "severity": "minor"}, []),
        ({"device": "no-such-device"}, []),
    ],
)
def test_incidents_are_found_by_their_device(here, guard, incidents, query, found):
    assert rows(guard, here, **query) == {incidents[each].pk for each in found}


def test_an_alarm_of_a_device_is_found_by_the_device(here, guard):
    device = DeviceFactory(site=here.site, code="cam-1")
    other = DeviceFactory(site=here.site, code="cam-12")
    for each, what in ((device, ":tamper"), (other, "")):
        source = f"device:{each.pk}{what}"
        raise_incident(here.site.pk, "device_alarm", source, "minor", clock.now(), {})
    assert len(rows(guard, here, device="cam-1")) == 1


def test_the_confirmation_says_how_many_and_what_will_happen(here, guard, incidents):
    shown = text(bulk(guard, here, row=[each.pk for each in incidents[:2]]))
    assert "Acknowledge 2 incidents" in shown
    assert "recorded as seen by you" in shown


def test_the_selected_incidents_are_acknowledged_and_each_is_audited(here, guard, incidents):
    chosen = [each.pk for each in incidents[:2]]
    answer = bulk(guard, here, "post", 2, row=chosen)
    assert answer.status_code == 204
    assert notice(answer)["text"] == "2 incidents acknowledged."
    assert "list-changed" in json.loads(answer["HX-Trigger"])
    acked = Incident.objects.filter(acked_by__isnull=False)
    assert {each.pk for each in acked} == set(chosen)
    assert {each.state for each in acked} == {"triage"}
    assert AuditEntry.objects.filter(action="acknowledge incident").count() == 2


def test_all_that_the_filters_let_through_can_be_selected(here, guard, incidents):
    assert "Acknowledge 1 incident" in text(bulk(guard, here, all=["1"], severity=["minor"]))
    bulk(guard, here, "post", 1, all=["1"], severity=["minor"])
    assert list(Incident.objects.filter(acked_by__isnull=False)) == incidents[:1]


def test_rows_that_another_person_changed_meanwhile_are_counted_apart(here, guard, incidents):
    acknowledge(incidents[0], hire(here.site, StandardRole.SECURITY))
    answer = bulk(guard, here, "post", 3, row=[each.pk for each in incidents])
    assert notice(answer)["text"].startswith("2 of 3 rows changed.")
    assert notice(answer)["kind"] == "warning"


def test_an_ended_incident_is_not_acknowledged(here, guard, incidents):
    security = hire(here.site, StandardRole.SECURITY)
    close(review(incidents[0], security, True, "seen"), security, "repaired")
    bulk(guard, here, "post", 1, row=[incidents[0].pk])
    assert Incident.objects.get(pk=incidents[0].pk).acked_by is None


def test_more_rows_than_were_confirmed_are_not_changed(here, guard, incidents):
    severe = Incident.objects.filter(site=here.site, severity="severe")
    before = severe.filter(acked_by=None).count()
    answer = bulk(guard, here, "post", 1, all=["1"], severity=["severe"])
    assert answer.status_code == 422
    number = severe.exclude(state__in=Incident.ENDED).count()
    assert f"{number} rows are selected now. Check the number, and confirm again." in text(answer)
    assert f'name="confirmed_rows" value="{number}"' in text(answer)
    assert severe.filter(acked_by=None).count() == before


def test_rows_of_another_site_are_left_out(here, guard, incidents):
    there = World.build()
    own, foreign = incidents[0].pk, there.incident.pk
    assert "Acknowledge 1 incident" in text(bulk(guard, here, row=[own, foreign]))
    bulk(guard, here, "post", 2, row=[own, foreign])
    there.incident.refresh_from_db()
    assert there.incident.acked_by is None


@pytest.mark.parametrize("chosen", [[], ["x"], ["9" * 30], ["-1"], ["²"]])
def test_a_selection_without_rows_is_explained(here, guard, chosen):
    assert "No rows are selected." in text(bulk(guard, here, row=chosen))
    assert bulk(guard, here, "post", 1, row=chosen).status_code == 422


def test_too_many_rows_are_explained_and_not_changed(here, guard, incidents, monkeypatch):
    monkeypatch.setattr("ui.lists.actions.MOST_ROWS", 2)
    shown = text(bulk(guard, here, all=["1"]))
    assert "More than 2 rows are selected. Narrow the list by filters" in shown
    assert bulk(guard, here, "post", 3, all=["1"]).status_code == 422
    assert not Incident.objects.filter(acked_by__isnull=False).exists()


def test_an_unknown_action_is_not_found_and_one_without_permission_is_refused(here, guard):
    assert guard.get(here.url("bulk_incidents", "delete")).status_code == 404
    finance = signed_in(hire(here.site, StandardRole.FINANCE))
    assert finance.post(here.url("bulk_incidents", "acknowledge")).status_code == 403


def test_the_list_shows_and_filters_place_and_owner(here, guard, incidents):
    person = hire(here.site, StandardRole.GUARD)
    first = incidents[0]
    first.place, first.assigned_to = "Garage · level -1", person
    first.save()
    shown = text(guard.get(here.url("incidents"), {"place": "garage"}))
    assert "Garage · level -1" in shown
    assert person.username in shown
    assert rows(guard, here, place="garage") == {first.pk}
    assert rows(guard, here, owner=person.pk) == {first.pk}
    assert first.pk not in rows(guard, here, owner="nobody")
