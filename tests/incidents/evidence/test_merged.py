"""What was collected for an incident goes on with the one into which it was merged."""

import json
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse

from core import clock, jobs, retention, runs
from core.models import RetentionReport
from core.permissions import StandardRole
from core.retention.holds import Subject
from incidents import services
from incidents.evidence import Found, links, releasing
from incidents.evidence.for_liaisons import evidence_of as for_liaison
from incidents.evidence.retention import erase_evidence
from incidents.evidence.storing import store
from incidents.feeds.liaison import case_of
from incidents.models import Evidence, Incident
from incidents.retention import EVIDENCE
from incidents.sealing import exporting
from tests.browsers import hire, signed_in, text
from tests.factories import (
    FeedEndpointFactory,
    GateFactory,
    LaneFactory,
    UserFactory,
    WatchEntryFactory,
)
from tests.incidents.evidence.scene import force_barrier
from tests.incidents.feeds.setting import officer, sent
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def piece(incident, key, plate="", *, is_own=True):
    """Store a picture, or a passage of that plate."""
    kind = "passage" if plate else "photo"
    values = {"passage": 1, "plate": plate, "lane": "North"} if plate else {"camera": "North"}
    store(incident, f"{kind}s", [Found(kind, key, clock.now(), values, jpeg(), is_own=is_own)])
    return Evidence.objects.get(incident=incident, key=key)


def merged(first, survivor):
    """Merge the first incident into the other, and confirm that."""
    services.merge(first, survivor, UserFactory(), "one cause")
    survivor.refresh_from_db()
    return services.review(survivor, UserFactory(), confirmed=True, reason="seen on video")


def hit_of(entry):
    return services.raise_incident(
        entry.site_id,
        "plate_watchlist",
        f"watch:{entry.pk}",
        "severe",
        clock.now(),
        {"plate": entry.plate},
        entry,
    )


def opened(incident):
    """The keys of the pieces that a link opens."""
    link = links.issue(incident, UserFactory(), authority="District police")
    return {each.key for each in links.evidence_of(link)}


@pytest.fixture
def gate():
    return GateFactory()


@pytest.fixture
def first(gate):
    return force_barrier(LaneFactory(gate=gate))


@pytest.fixture
def survivor(gate):
    return force_barrier(LaneFactory(gate=gate))


def test_the_page_shows_the_pieces_of_both_and_says_where_they_are_from(first, survivor):
    pieces = piece(first, "first"), piece(survivor, "second")
    merged(first, survivor)
    officer = hire(first.site, StandardRole.SECURITY)
    path = reverse("console:evidence", args=[first.site.slug, survivor.pk])
    shown = text(signed_in(officer).get(path))
    for each in pieces:
        assert reverse("console:evidence_picture", args=[first.site.slug, each.pk]) in shown
    assert shown.count("from incident") == 1
    assert f"from incident {first.pk}" in shown


def test_the_sealed_file_has_the_pieces_of_both_with_their_incidents(first, survivor):
    pieces = piece(first, "first"), piece(survivor, "second")
    merged(first, survivor)
    export = exporting.start_export(survivor, UserFactory())
    jobs.run_waiting()
    export.refresh_from_db()
    with zipfile.ZipFile(runs.written_file(export.file)) as file:
        listed = json.loads(file.read("evidence.json"))
        names = set(file.namelist())
    rows = {each["id"]: each["incident"] for each in listed}
    assert [rows[each.pk] for each in pieces] == [first.pk, survivor.pk]
    assert {f"evidence/{each.pk}.jpg" for each in pieces} <= names


def test_a_link_and_the_liaison_s_page_have_the_pieces_of_both(first, survivor):
    piece(first, "first")
    piece(survivor, "second")
    incident = merged(first, survivor)
    assert opened(incident) == {"first", "second"}
    FeedEndpointFactory(site=incident.site, kind="liaison")
    delivery = sent(incident, officer(incident.site)).deliveries.get()
    assert {each.key for each in for_liaison(case_of(delivery)).pieces} == {"first", "second"}


def test_another_car_of_a_merged_incident_leaves_once_it_is_released(first, survivor):
    other = piece(first, "other", "沪B22222", is_own=False)
    incident = merged(first, survivor)
    assert opened(incident) == set()
    releasing.release(other, UserFactory())
    assert opened(incident) == {"other"}
    assert survivor.timeline.filter(code="evidence_released").exists()


def test_a_merger_brings_no_plate_into_a_hit_but_its_own(first):
    entry = WatchEntryFactory(site=first.site)
    for key, plate in (("same", entry.plate), ("another", "沪B22222")):
        piece(first, key, plate)
    assert opened(merged(first, hit_of(entry))) == {"same"}


def test_the_car_of_a_hit_is_not_shown_to_who_receives_another_incident(survivor):
    entry = WatchEntryFactory(site=survivor.site)
    hit = hit_of(entry)
    piece(hit, "hit", entry.plate)
    piece(survivor, "own", "沪A11111")
    assert opened(merged(hit, survivor)) == {"own"}


def test_a_legal_hold_of_the_incident_that_goes_on_keeps_the_pieces_of_both(first, survivor):
    own = piece(first, "first")
    merged(first, survivor)
    subject = Subject(kind="incident", incident=survivor.pk)
    ends_at = clock.now() + DAY
    retention.place_hold(first.site, UserFactory(), subject, reason="a case", ends_at=ends_at)
    ended_at = clock.now() - 400 * DAY
    Incident.objects.filter(pk=survivor.pk).update(state="closed", ended_at=ended_at, cleared=True)
    erase_evidence()
    assert not Evidence.objects.get(pk=own.pk).erased
    report = RetentionReport.objects.get(site=first.site, code=EVIDENCE)
    held = Evidence.objects.filter(erased=False, incident__in=[first, survivor]).count()
    assert (report.deleted, report.held) == (0, held), "those of both are reported"


def test_the_pieces_are_kept_as_long_as_those_of_the_incident_that_goes_on(first, survivor):
    own = piece(first, "first")
    merged(first, survivor)
    ended_at = clock.now() - 181 * DAY
    Incident.objects.filter(pk=first.pk).update(ended_at=ended_at)
    erase_evidence()
    assert not Evidence.objects.get(pk=own.pk).erased
    Incident.objects.filter(pk=survivor.pk).update(state="closed", ended_at=ended_at, cleared=True)
    erase_evidence()
    assert Evidence.objects.get(pk=own.pk).erased
