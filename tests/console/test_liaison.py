"""A liaison's account reaches the liaison's own pages, and nothing else in the product."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from core import clock
from core.live import topics_for
from core.models import AuditEntry
from core.permissions import StandardRole, permissions_at
from incidents.evidence import Found, links
from incidents.evidence.storing import store
from incidents.feeds import liaison
from incidents.feeds.dispatch import correct
from incidents.models import EvidenceLink, FeedMessage, LiaisonReply
from incidents.permissions import IncidentPermission
from people.models import Membership, Role, SecondFactor
from people.site_roles import change_role
from tests.browsers import hire, signed_in, text
from tests.factories import UserFactory
from tests.laws import check_page
from tests.photos import jpeg
from tests.rooms import World, addresses

pytestmark = pytest.mark.django_db
CONSOLE, RESIDENTS = addresses("console"), addresses("residents")
OWN = {
    name
    for name, needs in CONSOLE.items()
    if needs.permission
    in (IncidentPermission.VIEW_DISPATCHED, IncidentPermission.ANSWER_DISPATCHED)
}

# A site's front leads each person to where they work.
FRONT = {"overview", "start"}


@pytest.fixture
def person(here):
    """A liaison of the endpoint to which the site's incident was dispatched."""
    user = hire(here.site, StandardRole.LIAISON)
    here.dispatched.deliveries.get(endpoint__name="Liaison").endpoint.liaisons.add(user)
    return user


@pytest.fixture
def browser(person):
    return signed_in(person)


def path_of(world, name, needs):
    return world.url(name, *needs.arguments(world))


def test_a_liaison_reaches_no_address_of_the_console_but_the_own_pages(here, browser):
    for name, needs in CONSOLE.items():
        answer = (browser.post if needs.post_only else browser.get)(path_of(here, name, needs))
        if name in FRONT:
            assert (answer.status_code, answer["Location"]) == (302, here.url("dispatched")), name
        else:
            assert answer.status_code == (200 if name in OWN else 403), name


@pytest.mark.parametrize("name", RESIDENTS)
def test_a_liaison_reaches_of_the_residents_pages_what_any_stranger_does(here, browser, name):
    needs = RESIDENTS[name]
    path = reverse(f"portal:{name}", args=needs.arguments(here))
    stranger = signed_in(UserFactory())
    own, other = (
        (each.post if needs.post_only else each.get)(path) for each in (browser, stranger)
    )
    assert own.status_code == other.status_code
    assert not (own.status_code == 200 and needs.row not in ("", "site")), "a home's page"


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_liaison_of_another_endpoint_gets_404(here, name):
    other = signed_in(hire(here.site, StandardRole.LIAISON))
    needs = CONSOLE[name]
    answer = other.get(path_of(here, name, needs))
    assert answer.status_code == (404 if needs.row else 200)


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_liaison_gets_404_at_another_site(browser, name):
    there = World.build()
    assert browser.get(path_of(there, name, CONSOLE[name])).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", sorted(OWN))
def test_the_own_pages_are_in_both_languages_and_without_inline_code(here, browser, name, language):
    answer = browser.get(path_of(here, name, CONSOLE[name]), HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code == 200
    check_page(answer, language)


@pytest.mark.parametrize("name", ["dispatched", "dispatched_case"])
def test_each_view_of_a_liaison_is_audited(here, browser, person, name):
    cache.clear()
    browser.get(path_of(here, name, CONSOLE[name]))
    last = AuditEntry.objects.filter(site=here.site).latest("pk")
    assert last.action.startswith("read dispatched incident")


def test_a_liaison_receives_no_topic_of_the_live_channel(here, person):
    assert topics_for(permissions_at(person, here.site)) == frozenset()


def test_a_liaison_is_led_from_the_sign_in_to_the_own_pages(here, browser):
    assert browser.get(reverse("console:index"))["Location"] == here.url("dispatched")


def test_a_liaison_without_second_factor_is_led_to_set_it_up_and_sees_nothing_else(here, person):
    SecondFactor.objects.filter(user=person).delete()
    browser = signed_in(person)
    for name, needs in CONSOLE.items():
        call = browser.post if needs.post_only else browser.get
        answer = call(path_of(here, name, needs))
        if not needs.is_for_administrators:
            assert answer["Location"] == reverse("second_factor"), name
    start = browser.get(reverse("console:index"), follow=True)
    assert start.redirect_chain[-1][0] == reverse("second_factor")


def test_a_first_message_is_an_alert_to_who_receives_it(here, browser):
    """An endpoint that was added later receives its first message as an alert."""
    FeedMessage.objects.filter(pk=here.dispatched.pk).update(type="update")
    case = text(browser.get(here.url("dispatched_case", here.dispatched.public_id)))
    assert "<h2>Alert</h2>" in case
    assert "<dt>Alert</dt>" in case
    assert "Update" not in case
    staff = signed_in(hire(here.site, StandardRole.MANAGER))
    delivery = here.dispatched.deliveries.first()
    for page in (
        here.url("feed", delivery.endpoint_id),
        here.url("feed_delivery", delivery.endpoint_id, delivery.seq),
    ):
        shown = text(staff.get(page))
        assert ">Alert<" in shown
        assert ">Update<" not in shown


def test_no_site_waives_the_second_factor_of_liaisons(here, person):
    manager = hire(here.site, StandardRole.MANAGER)
    standard = Role.objects.get(site=None, code=StandardRole.LIAISON)
    assert standard.requires_second_factor
    codes = list(standard.permissions.values_list("code", flat=True))
    own = change_role(here.site, standard, manager, "Police", codes, requires_second_factor=False)
    assert own.requires_second_factor
    assert Membership.objects.get(user=person).role == own


def test_a_message_is_acknowledged_asked_about_and_closed_on_the_pages(here, browser):
    message = here.dispatched.public_id
    shown = text(browser.get(here.url("dispatched_case", message)))
    assert here.url("acknowledge_message", message) in shown
    assert here.url("close_case", message) not in shown, "acknowledged first"
    assert browser.post(here.url("acknowledge_message", message), {}).status_code == 204
    asked = browser.post(here.url("ask_back", message), {"text": "Which door?"})
    assert asked.status_code == 204
    assert browser.post(here.url("close_case", message), {"note": "done"}).status_code == 204
    shown = text(browser.get(here.url("dispatched_case", message)))
    assert "Which door?" in shown
    assert here.url("acknowledge_message", message) not in shown
    assert "closed" in text(browser.get(here.url("dispatched")))


def test_staff_answer_on_the_page_of_the_incident(here, browser):
    security = signed_in(hire(here.site, StandardRole.SECURITY))
    incident = here.dispatched.incident_id
    assert here.url("liaison_replies", incident) in text(
        security.get(here.url("incident", incident))
    )
    asked = here.liaison_question
    card = text(security.get(here.url("liaison_replies", incident)))
    assert here.url("answer_liaison", asked.pk) in card
    answer = security.post(here.url("answer_liaison", asked.pk), {"answer": "Yes, at door 3."})
    assert answer.status_code == 204
    page = text(browser.get(here.url("dispatched_case", here.dispatched.public_id)))
    assert "Yes, at door 3." in page
    assert LiaisonReply.objects.get().answered_by is not None


def test_a_page_of_a_liaison_shows_the_message_as_it_was_sent(here, browser):
    incident = here.dispatched.incident
    incident.severity, incident.place = "extreme", "Tower 9"
    incident.save()
    page = text(browser.get(here.url("dispatched_case", here.dispatched.public_id)))
    assert "severe" in page
    assert "Tower 9" not in page
    assert (
        liaison.case_of(here.dispatched.deliveries.get(endpoint__name="Liaison")).latest.message
        == here.dispatched
    )


def test_the_evidence_is_opened_from_the_page_and_staff_see_by_whom(here, browser, person):
    message = here.dispatched
    found = [Found("photo", "1", clock.now(), {"camera": "North"}, jpeg(64, 48))]
    store(message.incident, "camera", found)
    ask, page = (
        here.url("open_evidence", message.public_id),
        here.url("dispatched_case", message.public_id),
    )
    shown = text(browser.get(page))
    assert ask in shown
    assert "North" in shown
    assert browser.post(ask, {}).status_code == 204
    link = EvidenceLink.objects.get(endpoint__name="Liaison")
    token = links.token_of(link)
    picture = reverse("portal:evidence_link_picture", args=[token, link.incident.evidence.get().pk])
    shown = text(browser.get(page))
    assert ask not in shown
    assert picture in shown
    assert browser.get(picture)["Content-Type"] == "image/jpeg"
    assert signed_in(UserFactory()).get(picture).status_code == 404
    security = signed_in(hire(here.site, StandardRole.SECURITY))
    card = text(security.get(here.url("evidence", message.incident_id)))
    assert f"{person.get_username()}, 127.0.0.1" in card


def test_a_cancelled_message_says_that_its_evidence_is_no_longer_shown(here, browser):
    incident = here.dispatched.incident
    correct(incident, incident.reviewed_by, "it was a cleaner", "cancel")
    shown = text(browser.get(here.url("dispatched_case", here.dispatched.public_id)))
    assert "Its evidence is no longer shown" in shown
