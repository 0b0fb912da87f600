"""Concurrency: several processes raise a cause while a person ends the incident."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from core import clock
from incidents import selectors, services
from incidents.evidence.collecting import MOST_OCCURRENCES
from incidents.models import Incident
from tests.at_once import at_once, in_processes
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_concurrent_raises_and_ends_count_each_cause_once():
    site = SiteFactory()
    raises = partial(
        services.raise_incident,
        site.pk,
        "device_offline",
        "device:1",
        Incident.Severity.MINOR,
        clock.now(),
        {},
    )
    clears = partial(services.clear, site.pk, "device_offline", "device:1")
    at_once(*[raises, clears] * 8)
    assert Incident.objects.aggregate(seen=Sum("occurrences"))["seen"] == 8
    assert Incident.objects.exclude(state__in=Incident.ENDED).count() <= 1


def test_five_hundred_events_of_eight_processes_are_one_incident():
    site = SiteFactory()
    raises = partial(
        services.raise_incident, site.pk, "sos", "button:1", "extreme", clock.now(), {}
    )

    def several(number):
        return lambda: [raises() for _each in range(number)]

    in_processes(*(several(number) for number in [63] * 4 + [62] * 4))
    incident = Incident.objects.get()
    assert incident.occurrences == incident.log.count() == 500
    assert incident.timeline.count() == 1


def test_a_repeated_occurrence_holds_its_incident_for_one_statement():
    """What is done between its lock and its commit, all that wait for the same row wait for."""
    site = SiteFactory()
    raises = partial(services.raise_incident, site.pk, "sos", "button:1", "extreme")
    for _each in range(MOST_OCCURRENCES):
        raises(clock.now(), {})
    at = clock.now() + timedelta(seconds=1)
    with CaptureQueriesContext(connection) as captured:
        incident = raises(at, {"lane": "North"})
    written = [each["sql"] for each in captured if "pg_notify" not in each["sql"]]
    inner = [sql for sql in written if sql not in ("BEGIN", "COMMIT")]
    assert len(inner) == 1, inner
    assert (incident.occurrences, incident.last_at) == (MOST_OCCURRENCES + 1, at)
    assert incident.log.first().detail == {"lane": "North"}
    assert Incident.objects.get() == incident


def test_a_merge_while_its_source_goes_on_loses_no_occurrence():
    site, actor = SiteFactory(), UserFactory()
    one, other = (
        services.raise_incident(site.pk, "intrusion", f"zone:{n}", "minor", clock.now(), {})
        for n in (1, 2)
    )
    raises = partial(
        services.raise_incident, site.pk, "intrusion", "zone:1", "minor", clock.now(), {}
    )
    clears = partial(services.clear, site.pk, "intrusion", "zone:1")
    merges = partial(services.merge, one, other, actor, "one person")
    at_once(*[raises] * 6, merges, clears)
    other.refresh_from_db()
    assert list(selectors.active(site)) == [other]
    assert other.occurrences == other.log.count() == 8
