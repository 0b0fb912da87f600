"""Passages of other cars stay with the site unless a reviewer releases them one by one."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from core.permissions import StandardRole
from incidents import services
from incidents.evidence import Found, links, releasing
from incidents.evidence.storing import store
from incidents.models import Evidence, TimelineEntry
from integrations.police.cap.adapter import _resources
from tests.browsers import hire, signed_in, text
from tests.factories import LaneFactory, UserFactory, WatchEntryFactory
from tests.incidents.evidence.scene import force_barrier
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
VISITOR = links.Visitor("203.0.113.7", "Mozilla/5.0")


def with_passages(incident):
    """Store the incident's own passage and one of another car, and confirm it."""
    for key, plate, is_own in (("1", "沪A11111", True), ("2", "沪B22222", False)):
        values = {"passage": int(key), "plate": plate, "lane": "North"}
        piece = Found("passage", key, clock.now(), values, jpeg(), is_own=is_own)
        store(incident, "passages", [piece])
    return services.review(incident, UserFactory(), confirmed=True, reason="seen on video")


@pytest.fixture
def incident():
    return with_passages(force_barrier(LaneFactory()))


@pytest.fixture
def other(incident):
    return Evidence.objects.get(incident=incident, key="2")


@pytest.fixture
def reviewer(incident):
    return hire(incident.site, StandardRole.SECURITY)


def shown(incident):
    """The keys of the pieces that a link opens."""
    link = links.issue(incident, UserFactory(), authority="District police")
    found = links.open_link(links.token_of(link), VISITOR)
    return [each.key for each in links.evidence_of(found)]


def may_open(incident, piece):
    link = links.issue(incident, UserFactory(), authority="District police")
    try:
        links.open_link(links.token_of(link), VISITOR, piece.pk)
    except links.LinkNotValidError:
        return False
    return True


def test_a_link_opens_what_is_the_incident_s_own_and_no_other_car(incident, other):
    assert shown(incident) == ["1"]
    assert not may_open(incident, other), "nor by the address of its picture"


def test_the_digest_of_another_car_s_picture_is_in_no_alert(incident, other, reviewer):
    assert len(_resources(incident, "")) == 1
    releasing.release(other, reviewer)
    assert len(_resources(incident, "")) == 2


def test_a_released_piece_is_opened_and_who_released_it_is_recorded(incident, other, reviewer):
    piece = releasing.release(other, reviewer)
    assert (piece.released_by, shown(incident)) == (reviewer, ["1", "2"])
    assert may_open(incident, other)
    entry = AuditEntry.objects.get(action="release evidence")
    assert (entry.actor, entry.detail) == (reviewer.get_username(), {"evidence": other.pk})
    assert TimelineEntry.objects.filter(incident=incident, code="evidence_released").exists()
    releasing.release(other, reviewer)
    assert AuditEntry.objects.filter(action="release evidence").count() == 1


def test_a_retracted_piece_is_hidden_at_once(incident, other, reviewer):
    releasing.release(other, reviewer)
    releasing.retract(other, reviewer)
    assert shown(incident) == ["1"]
    assert not may_open(incident, other)


def test_no_other_car_is_released_around_a_hit_of_the_watch_list():
    entry = WatchEntryFactory()
    hit = services.raise_incident(
        entry.site_id,
        "plate_watchlist",
        f"watch:{entry.pk}",
        "severe",
        clock.now(),
        {"plate": entry.plate},
        entry,
    )
    incident = with_passages(hit)
    with pytest.raises(Rejection) as error:
        releasing.release(Evidence.objects.get(incident=incident, key="2"), UserFactory())
    assert error.value.code == "other_cars"
    assert shown(incident) == ["1"]


def test_an_erased_piece_is_not_released(other, reviewer):
    Evidence.objects.filter(pk=other.pk).update(erased=True, image="", values={})
    with pytest.raises(Rejection) as error:
        releasing.release(other, reviewer)
    assert error.value.code == "erased"


def test_the_database_knows_no_release_without_a_person(other):
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=other.pk).update(released_at=clock.now())


def test_a_reviewer_releases_and_retracts_on_the_page_of_the_incident(incident, other, reviewer):
    browser, site = signed_in(reviewer), incident.site.slug
    card = reverse("console:evidence", args=[site, incident.pk])
    release = reverse("console:release_evidence", args=[site, other.pk])
    retract = reverse("console:retract_evidence", args=[site, other.pk])
    assert release in text(browser.get(card))
    assert browser.post(release).status_code == 204
    assert retract in text(browser.get(card))
    assert browser.post(retract).status_code == 204
    own = Evidence.objects.get(incident=incident, key="1")
    address = reverse("console:release_evidence", args=[site, own.pk])
    assert browser.get(address).status_code == 404
