"""The evidence that a liaison sees, of the own endpoint alone, until it is cancelled."""

from datetime import timedelta

import pytest

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from core.permissions import StandardRole
from incidents.evidence import Found, links
from incidents.evidence.for_liaisons import Access, address_of, evidence_of, link_for
from incidents.evidence.retention import erase_evidence
from incidents.evidence.storing import store
from incidents.feeds import liaison
from incidents.models import Evidence, EvidenceLink, LinkOpening
from incidents.services import close
from tests.browsers import hire
from tests.factories import FeedEndpointFactory, SiteFactory, UserFactory
from tests.incidents.feeds.setting import confirmed, officer, sent
from tests.photos import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def staff(site):
    return officer(site)


@pytest.fixture
def person(site):
    return hire(site, StandardRole.LIAISON)


@pytest.fixture
def endpoint(site, person):
    made = FeedEndpointFactory(site=site, kind="liaison", url="", name="Police")
    made.liaisons.add(person)
    return made


@pytest.fixture
def incident(site, staff):
    """A confirmed incident with a picture, a passage without photo, and a curve."""
    found = confirmed(site, staff)
    store(found, "camera", [Found("photo", "1", clock.now(), {"camera": "North"}, jpeg())])
    store(found, "passages", [Found("passage", "2", clock.now(), {"plate": "沪B00001"})])
    store(found, "telemetry", [Found("curve", "3", clock.now(), {"metric": "current"})])
    return found


@pytest.fixture
def delivery(incident, staff, endpoint):
    return sent(incident, staff).deliveries.get()


def seen(delivery):
    return evidence_of(liaison.case_of(delivery))


def visitor(user=None):
    return links.Visitor("203.0.113.7", "Mozilla", user.get_username() if user else "")


def opens(link, user=None):
    try:
        links.open_link(links.token_of(link), visitor(user))
    except links.LinkNotValidError:
        return False
    return True


def test_pictures_and_curves_are_listed_and_no_plate_of_a_passage(delivery):
    found = seen(delivery)
    assert found.access == Access.ASK
    assert [each.kind for each in found.pieces] == ["photo", "curve"]


def test_the_link_is_issued_on_request_for_a_day_and_used_by_all_of_the_endpoint(delivery, person):
    assert not EvidenceLink.objects.exists()
    link = link_for(delivery, person)
    assert (link.authority, link.endpoint, link.issued_by) == ("Police", delivery.endpoint, person)
    assert link.expires_at - link.issued_at == timedelta(days=1)
    assert link_for(delivery, UserFactory()) == link
    assert (seen(delivery).access, seen(delivery).link) == (Access.OPEN, link)
    entries = AuditEntry.objects.filter(action="issue evidence link")
    assert [each.actor for each in entries] == [person.get_username()]


def test_an_expired_link_is_followed_by_a_new_one(delivery, person, monkeypatch):
    link = link_for(delivery, person)
    monkeypatch.setattr(clock, "now", lambda: link.expires_at)
    assert seen(delivery).access == Access.ASK
    assert link_for(delivery, person) != link


def test_the_link_of_another_endpoint_is_not_used(incident, staff, delivery, person):
    links.issue(incident, staff, authority="By hand")
    assert seen(delivery).link is None


def test_a_picture_opens_by_itself_and_a_curve_on_the_page_of_the_link(delivery, person):
    link = link_for(delivery, person)
    photo, curve = seen(delivery).pieces
    assert address_of(link, photo) == f"{links.address_of(link)}{photo.pk}/"
    assert address_of(link, curve) == links.address_of(link)


def test_each_opening_is_logged_with_the_liaison(delivery, person):
    link = link_for(delivery, person)
    photo = Evidence.objects.get(kind="photo")
    links.open_link(links.token_of(link), visitor(person), photo.pk)
    opening = LinkOpening.objects.get()
    assert (opening.actor, opening.evidence) == (person.get_username(), photo)


def test_the_link_opens_for_the_liaisons_of_the_endpoint_alone(site, delivery, person):
    link = link_for(delivery, person)
    assert opens(link, person)
    assert not opens(link), "nobody is signed in"
    assert not opens(link, hire(site, StandardRole.LIAISON)), "not listed in the endpoint"
    delivery.endpoint.liaisons.remove(person)
    assert not opens(link, person)


def test_the_link_opens_nothing_once_the_basis_of_the_endpoint_has_ended(delivery, person):
    link = link_for(delivery, person)
    delivery.endpoint.valid_until = clock.now()
    delivery.endpoint.save()
    assert not opens(link, person)


def test_a_cancelled_incident_shows_no_evidence_any_more(incident, staff, delivery, person):
    link = link_for(delivery, person)
    by_hand = links.issue(incident, staff, authority="By hand")
    incident.refresh_from_db()
    sent(incident, staff, "cancel")
    found = seen(delivery)
    assert (found.access, found.pieces, found.link) == (Access.NONE, (), None)
    assert not opens(link, person)
    assert not opens(by_hand), "what was withdrawn was no incident"
    with pytest.raises(Rejection) as error:
        link_for(delivery, person)
    assert error.value.code == "no_evidence"


def test_the_liaison_asks_in_vain_for_what_the_site_withdrew_until_its_next_message(
    incident, staff, delivery, person
):
    links.revoke(link_for(delivery, person), staff)
    assert seen(delivery).access == Access.WITHDRAWN
    with pytest.raises(Rejection):
        link_for(delivery, person)
    incident.refresh_from_db()
    sent(incident, staff, "update")
    assert seen(delivery).access == Access.ASK


def test_a_liaison_gets_a_fresh_link_to_a_closed_incident_until_its_evidence_is_erased(
    incident, staff, delivery, person, monkeypatch
):
    first = link_for(delivery, person)
    incident.refresh_from_db()
    close(incident, staff, "handed over")
    monkeypatch.setattr(clock, "now", lambda: first.expires_at)
    assert seen(delivery).access == Access.ASK
    fresh = link_for(delivery, person)
    assert fresh != first
    assert opens(fresh, person)
    assert AuditEntry.objects.filter(action="issue evidence link").count() == 2
    at = first.expires_at + timedelta(days=181)
    monkeypatch.setattr(clock, "now", lambda: at)
    erase_evidence()
    assert seen(delivery).access == Access.OVER
    with pytest.raises(Rejection) as error:
        link_for(delivery, person)
    assert error.value.code == "no_evidence"


def test_there_is_no_link_to_nothing(delivery, person):
    Evidence.objects.update(erased=True, image="", values={})
    with pytest.raises(Rejection) as error:
        link_for(delivery, person)
    assert error.value.code == "no_evidence"
