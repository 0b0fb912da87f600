"""Incidents: one active for each cause, and a person's review before it is closed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.errors import Rejection
from core.events import publish
from core.models import AuditEntry
from devices import events
from incidents import selectors, services
from incidents.models import Incident, WatchEntry
from tests.factories import DeviceFactory, SiteFactory, UserFactory, WatchEntryFactory

pytestmark = pytest.mark.django_db


def raised(site, source="device:1", severity="minor", **more):
    return services.raise_incident(
        site.pk, "device_offline", source, severity, clock.now(), {}, **more
    )


def watched(site, creator=None):
    entry = WatchEntryFactory(site=site, **({"created_by": creator} if creator else {}))
    return services.raise_incident(
        site.pk, "plate_watchlist", f"watch:{entry.pk}", "severe", clock.now(), {}, entry
    )


def test_a_repeated_cause_adds_an_occurrence_to_the_active_incident():
    site = SiteFactory()
    first, second = raised(site), raised(site)
    assert first == second
    assert second.occurrences == second.log.count() == 2


def test_the_severity_rises_and_never_falls():
    site = SiteFactory()
    assert raised(site, severity="moderate").severity == "moderate"
    assert raised(site, severity="severe").severity == "severe"
    assert raised(site, severity="minor").severity == "severe"


def test_the_same_cause_after_the_end_raises_a_new_incident():
    site, other = SiteFactory(), UserFactory()
    services.review(watched(site), other, confirmed=False, reason="another car")
    raised(site)
    services.clear(site.pk, "device_offline", "device:1")
    assert raised(site) == selectors.active(site).get()
    assert Incident.objects.filter(kind="device_offline").count() == 2


def test_an_incident_is_acknowledged_once():
    incident, first = watched(SiteFactory()), UserFactory()
    services.acknowledge(incident, first)
    again = services.acknowledge(incident, UserFactory())
    assert (again.acked_by, again.state) == (first, "triage")


def test_a_review_needs_a_reason_and_another_person_than_the_entrys_creator():
    creator = UserFactory()
    incident = watched(SiteFactory(), creator)
    with pytest.raises(Rejection, match="reason"):
        services.review(incident, UserFactory(), confirmed=True, reason=" ")
    with pytest.raises(Rejection, match="actor"):
        services.review(incident, creator, confirmed=True, reason="it is the car")
    incident.refresh_from_db()
    assert (incident.state, incident.reviewed_by) == ("detected", None)


def test_a_confirmed_incident_is_closed_and_its_history_is_in_the_audit_log():
    incident, reviewer = watched(SiteFactory()), UserFactory()
    services.review(incident, reviewer, confirmed=True, reason="seen on the picture")
    services.close(incident, reviewer, "handed over")
    incident.refresh_from_db()
    assert incident.state == "closed"
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["review incident", "close incident"]


def test_an_unreviewed_incident_cannot_be_closed_even_by_the_database():
    incident = watched(SiteFactory())
    with pytest.raises(Rejection):
        services.close(incident, UserFactory(), "enough")
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.update(state="confirmed")


def test_an_incident_is_reviewed_once():
    incident = watched(SiteFactory())
    services.review(incident, UserFactory(), confirmed=True, reason="it is the car")
    with pytest.raises(Rejection, match="already reviewed"):
        services.review(incident, UserFactory(), confirmed=False, reason="it is not")


def entry_fields(**changed):
    now = clock.now()
    return {
        "plate": "沪a 12345",
        "legal_basis": "police_request",
        "document_no": "PR-1",
        "requesting_org": "District police",
        "requesting_officer": "Officer Li",
        "reason": "inquiry",
        "begins_at": now,
        "ends_at": now + timedelta(days=10),
    } | changed


def test_a_watch_list_entry_is_in_force_only_when_another_person_approved_it():
    site, creator = SiteFactory(), UserFactory()
    entry = services.add_watch_entry(site, creator, **entry_fields())
    assert entry.plate == "沪A12345"
    now = clock.now() + timedelta(seconds=1)
    assert selectors.entries_in_force(site.pk, "沪A12345", now) == []
    with pytest.raises(Rejection, match="you created this entry"):
        services.approve_watch_entry(entry, creator)
    services.approve_watch_entry(entry, UserFactory())
    assert selectors.entries_in_force(site.pk, "沪A1Z345", now) == [entry], "a look-alike counts"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("plate", "??"),
        ("legal_basis", ""),
        ("legal_basis", "curiosity"),
        ("document_no", " "),
        ("requesting_org", ""),
        ("requesting_officer", ""),
        ("reason", ""),
        ("ends_at", clock.now() - timedelta(days=1)),
        ("ends_at", clock.now() + timedelta(days=91)),
    ],
)
def test_a_watch_list_entry_without_basis_or_end_is_refused(field, value):
    with pytest.raises(Rejection) as refused:
        services.add_watch_entry(SiteFactory(), UserFactory(), **entry_fields(**{field: value}))
    assert refused.value.field == field
    assert not WatchEntry.objects.exists()


def test_an_ended_watch_list_entry_has_no_effect():
    entry = WatchEntryFactory()
    services.end_watch_entry(entry, UserFactory(), "car found")
    later = clock.now() + timedelta(seconds=1)
    assert selectors.entries_in_force(entry.site_id, entry.plate, later) == []


def test_a_silent_device_is_an_incident_until_it_reports_again():
    device = DeviceFactory()
    silent = events.DeviceSilent(device_id=device.pk, site_id=device.site_id)
    publish(silent)
    publish(silent)
    assert selectors.active(device.site).get().occurrences == 2
    now = clock.now()
    publish(
        events.StateReported(
            device_id=device.pk,
            site_id=device.site_id,
            key="up",
            at=now,
            received_at=now,
            online=True,
        )
    )
    assert not selectors.active(device.site).exists()


@pytest.fixture
def device():
    return DeviceFactory()


def happens(device, kind, ago=0, **said):
    at = clock.now() - timedelta(seconds=ago)
    envelope = {"device_id": device.pk, "site_id": device.site_id, "key": "k"}
    publish(kind(at=at, received_at=at, **envelope, **said))


def of(device):
    """Return the active incidents of the device's site, by kind."""
    return {each.kind: each for each in selectors.active(device.site)}


@pytest.mark.parametrize(("change", "kind"), [("forced", "barrier_forced"), ("hit", "barrier_hit")])
def test_a_forced_or_hit_barrier_raises_an_incident(device, change, kind):
    happens(device, events.BarrierMoved, change=change)
    incident = of(device)[kind]
    assert (incident.severity, selectors.device_of(incident)) == ("moderate", device)


@pytest.mark.parametrize("change", ["opened", "closed"])
def test_a_normal_barrier_movement_raises_no_incident(device, change):
    happens(device, events.BarrierMoved, change=change)
    assert of(device) == {}


def test_a_forced_door_raises_an_incident_and_an_opened_one_does_not(device):
    happens(device, events.DoorMoved, door=2, change="opened")
    assert of(device) == {}
    happens(device, events.DoorMoved, door=2, change="forced")
    incident = of(device)["door_forced"]
    assert incident.log.get().detail == {"device": device.pk, "door": 2}
    assert selectors.device_of(incident) == device


@pytest.mark.parametrize(
    ("alarm", "kind", "severity"),
    [
        ("sos", "sos", "extreme"),
        ("smoke", "smoke_fire", "extreme"),
        ("gas", "smoke_fire", "extreme"),
        ("tamper", "device_tampered", "moderate"),
        ("leak", "device_alarm", "moderate"),
        ("battery_low", "device_alarm", "minor"),
    ],
)
def test_an_alarm_is_an_active_incident_until_it_is_reviewed(device, alarm, kind, severity):
    happens(device, events.AlarmsReported, alarms={alarm: True})
    incident = of(device)[kind]
    assert (incident.severity, incident.cleared) == (severity, False)
    assert incident.log.get().detail["alarm"] == alarm
    happens(device, events.AlarmsReported, alarms={alarm: False})
    incident.refresh_from_db()
    assert (incident.state, incident.cleared) == ("detected", True)
    services.review(incident, UserFactory(), confirmed=True, reason="a valve dripped")
    services.close(incident, UserFactory(), "mended")
    assert of(device) == {}


def test_each_alarm_of_a_device_raises_its_own_incident(device):
    happens(device, events.AlarmsReported, alarms={"leak": True, "tamper": True})
    happens(device, events.AlarmsReported, alarms={"leak": False})
    active = selectors.active(device.site)
    assert {each.source.rpartition(":")[2]: each.cleared for each in active} == {
        "leak": True,
        "tamper": False,
    }


def test_a_watch_list_hit_has_no_device():
    assert selectors.device_of(watched(SiteFactory())) is None
