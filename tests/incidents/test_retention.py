"""Retention: personal data of incidents is deleted half a year after their end."""

from datetime import timedelta

import pytest
from django.utils import translation

from core import clock, retention
from core.models import AuditEntry, RetentionReport
from core.retention.holds import Subject
from incidents import jobs, services, timeline
from incidents.evidence import links
from incidents.models import Incident, LinkOpening
from tests.factories import UserFactory, WatchEntryFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LONG_AGO = clock.now() - timedelta(days=181)


def hit(**entry):
    """An incident of a watch-listed car with one occurrence."""
    entry = WatchEntryFactory(**entry)
    detail = {"passage": 1, "plate": entry.plate}
    return services.raise_incident(
        entry.site_id,
        "plate_watchlist",
        f"watch:{entry.pk}",
        Incident.Severity.SEVERE,
        clock.now(),
        detail,
        entry,
    )


def end(incident, at):
    services.review(incident, UserFactory(), confirmed=True, reason="it is the car")
    services.close(incident, UserFactory(), "handed over")
    Incident.objects.filter(pk=incident.pk).update(ended_at=at)


def over():
    return {"begins_at": LONG_AGO - timedelta(days=30), "ends_at": LONG_AGO}


def test_plate_and_place_are_deleted_and_the_review_stays():
    incident = hit(**over())
    end(incident, LONG_AGO)
    assert jobs.redact_incidents() == 2
    incident.refresh_from_db()
    assert incident.log.get().detail == {}
    assert (incident.watch_entry.plate, incident.watch_entry.folded) == ("", "")
    assert incident.review_reason == "it is the car"
    assert jobs.redact_incidents() == 0


def test_every_entry_of_the_timeline_says_something_once_its_values_are_deleted():
    incident = hit()
    for code in sorted(timeline._texts):
        entry = timeline.record(incident, code)
        shown = {}
        for language in ("en", "zh-hans"):
            with translation.override(language):
                said = shown[language] = timeline.describe(entry)
                whole = str(timeline._texts[code])
            assert said
            assert "%" not in said
            if "%(" in whole and not timeline._afterwards[code]:
                assert whole.removeprefix(said)[0] in ":：", "no sentence is cut off"
        assert shown["en"] != shown["zh-hans"]


def test_an_active_incident_keeps_its_plate_and_that_of_its_entry():
    incident = hit(**over())
    assert jobs.redact_incidents() == 0
    assert incident.log.get().detail["plate"] == incident.watch_entry.plate


def test_a_recently_ended_incident_keeps_its_plates():
    incident = hit(**over())
    end(incident, clock.now() - timedelta(days=1))
    assert jobs.redact_incidents() == 0


def test_an_entry_in_force_is_kept():
    WatchEntryFactory()
    assert jobs.redact_incidents() == 0


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_false_alarm_ends_with_its_review_and_a_confirmed_one_does_not(confirmed):
    incident = services.review(hit(), UserFactory(), confirmed=confirmed, reason="looked at it")
    assert (incident.ended_at is None) == confirmed


@pytest.mark.parametrize(("ended", "left"), [(366, 0), (364, 1), (None, 1)])
def test_who_opened_a_link_is_deleted_a_year_after_the_incident_and_the_audit_stays(ended, left):
    incident = services.review(hit(), UserFactory(), confirmed=True, reason="it is the car")
    link = links.issue(incident, UserFactory(), authority="District police")
    links.open_link(links.token_of(link), links.Visitor("203.0.113.7", "Mozilla"))
    if ended:
        services.close(incident, UserFactory(), "handed over")
        at = clock.now() - timedelta(days=ended)
        Incident.objects.filter(pk=incident.pk).update(ended_at=at)
    assert jobs.delete_openings() == 1 - left
    assert LinkOpening.objects.filter(link=link).count() == left
    opened = AuditEntry.objects.filter(site=incident.site, action="open evidence link")
    assert opened.count() == 1
    assert RetentionReport.objects.filter(code="evidence_openings").count() == 1 - left


def test_a_hold_of_the_incident_keeps_who_opened_a_link():
    incident = services.review(hit(), UserFactory(), confirmed=True, reason="it is the car")
    link = links.issue(incident, UserFactory(), authority="District police")
    links.open_link(links.token_of(link), links.Visitor("203.0.113.7"))
    services.close(incident, UserFactory(), "handed over")
    Incident.objects.filter(pk=incident.pk).update(ended_at=clock.now() - timedelta(days=400))
    subject, ends_at = Subject(kind="incident", incident=incident.pk), clock.now() + DAY
    retention.place_hold(incident.site, UserFactory(), subject, reason="case 7", ends_at=ends_at)
    assert jobs.delete_openings() == 0
    assert LinkOpening.objects.filter(link=link).exists()
