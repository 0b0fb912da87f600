"""Liaisons: what was dispatched to their endpoints, and what they answer to it."""

import pytest

from core.errors import Rejection
from core.models import AuditEntry, Notification
from core.permissions import StandardRole
from incidents import timeline
from incidents.feeds import liaison
from incidents.feeds.dispatch import send_test
from incidents.models import Incident, LiaisonReply
from tests.browsers import hire
from tests.factories import FeedEndpointFactory, SiteFactory, UserFactory
from tests.incidents.feeds.setting import confirmed, officer, sent

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
    made = FeedEndpointFactory(site=site, kind="liaison", url="")
    made.liaisons.add(person)
    return made


@pytest.fixture
def delivery(site, staff, endpoint):
    """The alert about a confirmed incident, at the liaison's endpoint."""
    return sent(confirmed(site, staff), staff).deliveries.get()


def incident_of(delivery):
    return Incident.objects.get(messages=delivery.message_id)


def test_what_is_dispatched_to_a_liaison_is_there_at_once(site, person, delivery):
    assert delivery.state == "delivered"
    assert list(liaison.deliveries_for(person, site)) == [delivery]


def test_a_liaison_sees_the_messages_of_the_own_endpoints_alone(site, person, delivery):
    assert list(liaison.deliveries_for(hire(site, StandardRole.LIAISON), site)) == []
    assert list(liaison.deliveries_for(person, SiteFactory())) == []


def test_a_liaison_sees_nothing_when_the_basis_of_the_endpoint_has_ended(site, person, delivery):
    delivery.endpoint.valid_until = delivery.created_at
    delivery.endpoint.save()
    assert list(liaison.deliveries_for(person, site)) == []


def test_an_acknowledgement_says_who_when_and_what_and_moves_the_incident_on(delivery, person):
    liaison.acknowledge(delivery, person, "car 12 is on its way")
    liaison.acknowledge(delivery, UserFactory(), "again")
    delivery.refresh_from_db()
    assert delivery.acknowledged_by == person.get_username()
    assert delivery.acknowledgement == "car 12 is on its way"
    incident = incident_of(delivery)
    assert incident.state == "acknowledged"
    said = [timeline.describe(each) for each in timeline.of(incident)]
    assert f"Acknowledged by {delivery.endpoint.name} ({person.get_username()})" in said
    assert AuditEntry.objects.filter(action="acknowledge message").count() == 1


def test_the_acknowledgement_of_an_earlier_message_does_not_settle_a_later_one(
    delivery, person, staff
):
    later = sent(incident_of(delivery), staff, "update").deliveries.get()
    liaison.acknowledge(delivery, person)
    assert incident_of(delivery).state == "dispatched"
    liaison.acknowledge(later, person)
    assert incident_of(delivery).state == "acknowledged"


def test_a_question_reaches_the_staff_and_its_answer_the_liaison(delivery, person, staff):
    question = liaison.ask(delivery, person, "Is the car still there?")
    notified = Notification.objects.get(recipient=staff, kind="liaison_reply")
    assert notified.path.endswith(f"/incidents/{question.incident_id}/")
    liaison.answer(question, staff, "Yes, in bay 14.")
    (shown,) = liaison.case_of(delivery).replies
    assert (shown.text, shown.answer) == ("Is the car still there?", "Yes, in bay 14.")
    assert Notification.objects.filter(recipient=person, title="answered").exists()
    with pytest.raises(Rejection, match="answered already"):
        liaison.answer(question, staff, "No.")


def test_a_question_needs_a_text_and_an_answer_too(delivery, person, staff):
    with pytest.raises(Rejection, match="a question is required"):
        liaison.ask(delivery, person, " ")
    with pytest.raises(Rejection):
        liaison.answer(liaison.ask(delivery, person, "Where?"), staff, "")


def test_a_liaison_closes_an_acknowledged_incident_on_the_own_side_only(delivery, person, staff):
    with pytest.raises(Rejection, match="not acknowledged"):
        liaison.close(delivery, person)
    liaison.acknowledge(delivery, person)
    liaison.close(delivery, person, "driver identified")
    assert liaison.case_of(delivery).is_closed
    assert incident_of(delivery).state == "acknowledged", "the site closes its own"
    with pytest.raises(Rejection, match="closed it already"):
        liaison.close(delivery, person)


def test_a_later_message_opens_the_incident_for_the_liaison_again(delivery, person, staff):
    liaison.acknowledge(delivery, person)
    liaison.close(delivery, person)
    sent(incident_of(delivery), staff, "update")
    case = liaison.case_of(delivery)
    assert [each.message.type for each in case.deliveries] == ["alert", "update"]
    assert (case.is_closed, case.is_acknowledged) == (False, False)


def test_the_list_has_the_last_message_of_each_incident(site, person, staff, delivery):
    later = sent(incident_of(delivery), staff, "update").deliveries.get()
    other = sent(confirmed(site, staff, plate="沪B12345"), staff).deliveries.get()
    assert list(liaison.latest_of_each(person, site)) == [other, later]


def test_a_test_message_can_be_acknowledged_and_nothing_else(endpoint, person, staff):
    delivery = send_test(endpoint, staff)
    liaison.acknowledge(delivery, person)
    delivery.refresh_from_db()
    assert delivery.acknowledged_at is not None
    with pytest.raises(Rejection, match="is a test"):
        liaison.ask(delivery, person, "What is this?")


def test_the_notification_of_a_liaison_says_nothing_about_the_incident(delivery, person):
    notice = Notification.objects.get(recipient=person)
    assert (notice.kind, notice.title, notice.params) == ("liaison_message", "waits", {})
    assert notice.path.endswith("/liaison/")


def test_replies_do_not_reach_staff_who_may_not_see_incidents(site, endpoint, person, delivery):
    finance = hire(site, StandardRole.FINANCE)
    incident = incident_of(delivery)
    incident.assigned_to = finance
    incident.save()
    liaison.ask(delivery, person, "Where is it?")
    assert not Notification.objects.filter(recipient=finance).exists()


def test_the_end_of_an_incident_leaves_the_messages_readable(site, person, staff, delivery):
    liaison.acknowledge(delivery, person)
    sent(incident_of(delivery), staff, "cancel")
    case = liaison.case_of(delivery)
    assert [each.message.type for each in case.deliveries] == ["alert", "cancel"]
    assert LiaisonReply.objects.count() == 0
