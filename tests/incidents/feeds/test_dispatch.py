"""A reviewed incident is sent by a person, to the endpoints that receive it, and to no others."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from core import clock
from core.errors import Rejection
from core.events import subscribe, unsubscribe
from core.models import AuditEntry, OutboxMessage
from incidents import services, timeline
from incidents.events import IncidentClosed
from incidents.feeds.dispatch import dispatch, send_test
from incidents.feeds.eligibility import endpoints_for
from incidents.models import Delivery, FeedMessage, Incident
from tests.factories import MembershipFactory, SiteFactory, UserFactory, WebhookEndpointFactory
from tests.incidents.feeds.setting import FakeSender, confirmed, officer, raised, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sender")]


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def actor(site):
    return officer(site)


def test_a_message_and_its_deliveries_are_queued_with_the_decision(site, actor):
    first, second = WebhookEndpointFactory.create_batch(2, site=site)
    message = sent(confirmed(site, actor), actor)
    assert (message.type, message.number, message.decided_by) == ("alert", 1, actor)
    assert {each.endpoint for each in message.deliveries.all()} == {first, second}
    assert OutboxMessage.objects.filter(topic="feed.delivery", sent_at=None).count() == 2
    message.incident.refresh_from_db()
    assert message.incident.state == Incident.State.DISPATCHED
    entry = AuditEntry.objects.get(action="dispatch incident")
    assert entry.detail["to"] == [first.name, second.name]


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Sent to A, B"), ("zh-hans", "已上报：A、B")]
)
def test_the_timeline_lists_the_endpoints_in_the_readers_language(site, actor, language, said):
    for name in ("A", "B"):
        WebhookEndpointFactory(site=site, name=name)
    incident = sent(confirmed(site, actor), actor).incident
    with translation.override(language):
        assert timeline.describe(timeline.of(incident)[0]) == said


@pytest.mark.parametrize("state", ["raised", "acknowledged", "false alarm"])
def test_without_a_confirming_review_nothing_is_queued(site, actor, state):
    WebhookEndpointFactory(site=site)
    incident = raised(site)
    if state == "acknowledged":
        services.acknowledge(incident, actor)
    elif state == "false alarm":
        services.review(incident, actor, confirmed=False, reason="another car")
    with pytest.raises(Rejection) as caught:
        sent(incident, actor)
    assert caught.value.code == "not_reviewed"
    assert not FeedMessage.objects.exists()
    assert not OutboxMessage.objects.filter(topic="feed.delivery").exists()


def test_a_person_without_the_permission_sends_nothing(site, actor):
    WebhookEndpointFactory(site=site)
    incident = confirmed(site, actor)
    for stranger in (MembershipFactory(site=site).user, officer(SiteFactory()), UserFactory()):
        with pytest.raises(Rejection, match="permission"):
            sent(incident, stranger)


def test_a_reason_is_required(site, actor):
    WebhookEndpointFactory(site=site)
    with pytest.raises(Rejection) as caught:
        dispatch(confirmed(site, actor), actor, "  ")
    assert caught.value.field == "reason"


def test_a_kind_that_is_not_for_authorities_is_not_sent(site, actor):
    WebhookEndpointFactory(site=site)
    incident = services.raise_incident(
        site.pk, "device_offline", "device:1", "minor", clock.now(), {}
    )
    services.review(incident, actor, confirmed=True, reason="it is off")
    with pytest.raises(Rejection) as caught:
        sent(incident, actor)
    assert caught.value.code == "kind_not_dispatchable"


@pytest.mark.parametrize(
    "values",
    [
        {"approved_by": None, "approved_at": None},
        {"valid_until": clock.now() - timedelta(seconds=1)},
        {"exercise": True},
        {"min_severity": "extreme"},
        {"event_types": ["sos"]},
    ],
)
def test_an_endpoint_that_does_not_receive_it_gets_nothing(site, actor, values):
    WebhookEndpointFactory(site=site, **values)
    WebhookEndpointFactory()
    with pytest.raises(Rejection) as caught:
        sent(confirmed(site, actor), actor)
    assert caught.value.code == "no_endpoint"


def test_an_exercise_goes_to_endpoints_for_exercises_only(site, actor):
    WebhookEndpointFactory(site=site)
    practice = WebhookEndpointFactory(site=site, exercise=True)
    incident = confirmed(site, actor)
    Incident.objects.update(exercise=True)
    message = sent(incident, actor)
    assert [each.endpoint for each in message.deliveries.all()] == [practice]
    assert message.exercise
    assert message.content["exercise"]


def test_a_paused_endpoint_keeps_a_queue(site, actor):
    WebhookEndpointFactory(site=site, state="paused")
    assert sent(confirmed(site, actor), actor).deliveries.get().state == "pending"


def test_what_a_person_did_not_see_is_not_sent(site, actor):
    seen = WebhookEndpointFactory(site=site)
    incident = confirmed(site, actor)
    WebhookEndpointFactory(site=site)
    with pytest.raises(Rejection) as caught:
        dispatch(incident, actor, "reason", shown=[seen.pk])
    assert caught.value.code == "changed_meanwhile"
    assert not FeedMessage.objects.exists()


def test_deliveries_of_an_endpoint_are_numbered_without_gaps(site, actor):
    endpoint = WebhookEndpointFactory(site=site)
    for number in range(3):
        incident = confirmed(site, actor, plate=f"沪A0000{number}")
        with transaction.atomic():
            sent(incident, actor)
            transaction.set_rollback(True)
        sent(incident, actor)
    assert list(endpoint.deliveries.values_list("seq", flat=True)) == [1, 2, 3]


def test_the_payload_is_thin(site, actor):
    WebhookEndpointFactory(site=site)
    incident = confirmed(site, actor, plate="沪A12345")
    delivery = sent(incident, actor).deliveries.get()
    body = json.loads(bytes(delivery.body))
    assert hashlib.sha256(bytes(delivery.body)).hexdigest() == delivery.sha256
    told = body.get("data", body)
    assert told["plate"] == "沪A12345"
    assert (told["kind"], told["severity"], told["seq"]) == ("plate_watchlist", "severe", 1)
    text = bytes(delivery.body).decode()
    for private in ("seen on video", "the police asked for it", actor.username):
        assert private not in text


def test_only_a_hit_of_the_watch_list_says_a_plate(site, actor):
    WebhookEndpointFactory(site=site)
    incident = services.raise_incident(
        site.pk, "tailgating", "device:1", "severe", clock.now(), {"plate": "沪A12345"}
    )
    services.review(incident, actor, confirmed=True, reason="seen")
    delivery = sent(incident, actor).deliveries.get()
    assert "沪A12345" not in bytes(delivery.body).decode()
    assert "plate" not in delivery.message.content


def test_an_alert_is_followed_by_updates_and_one_cancellation(site, actor):
    endpoint = WebhookEndpointFactory(site=site)
    incident = confirmed(site, actor)
    for type in ("update", "cancel"):
        with pytest.raises(Rejection) as caught:
            sent(incident, actor, type)
        assert caught.value.code == "out_of_order"
    messages = [sent(incident, actor, type) for type in ("alert", "update", "cancel")]
    incident.refresh_from_db()
    assert incident.state == Incident.State.CANCELLED
    assert incident.ended_at is not None
    for type in ("alert", "update", "cancel"):
        with pytest.raises(Rejection):
            sent(incident, actor, type)
    last = endpoint.deliveries.get(message=messages[2])
    body = json.loads(bytes(last.body))
    told = body.get("data", body)
    assert told["references"] == [each.public_id for each in messages[:2]]
    assert [each.number for each in messages] == [1, 2, 3]


def test_an_incident_that_is_closed_can_be_cancelled_and_ends_once(site, actor):
    WebhookEndpointFactory(site=site)
    ended = []
    subscribe(IncidentClosed, ended.append)
    try:
        incident = confirmed(site, actor)
        sent(incident, actor)
        closed = services.close(incident, actor, "the car has left")
        sent(closed, actor, "cancel")
        second = confirmed(site, actor, plate="沪A00002")
        sent(second, actor)
        sent(second, actor, "cancel")
    finally:
        unsubscribe(IncidentClosed, ended.append)
    assert [each.incident_id for each in ended] == [incident.pk, second.pk]
    incident.refresh_from_db()
    assert (incident.state, incident.ended_at) == ("cancelled", closed.ended_at)


def test_an_update_is_an_alert_to_an_endpoint_that_was_not_sent_one(site, actor):
    WebhookEndpointFactory(site=site)
    later = WebhookEndpointFactory(site=site, min_severity="extreme")
    incident = confirmed(site, actor)
    sent(incident, actor)
    Incident.objects.update(severity="extreme")
    update = sent(incident, actor, "update")
    body = json.loads(bytes(update.deliveries.get(endpoint=later).body))
    assert "alert" in (body["type"], body.get("data", body)["type"])
    assert body.get("data", body)["references"] == []


def test_an_update_reaches_whoever_was_sent_the_alert_and_a_cancellation_them_alone(site, actor):
    informed = WebhookEndpointFactory(site=site)
    incident = confirmed(site, actor)
    sent(incident, actor)
    informed.min_severity = "extreme"
    informed.save()
    newer = WebhookEndpointFactory(site=site)
    assert endpoints_for(incident, "update") == [informed, newer]
    assert endpoints_for(incident, "cancel") == [informed]


def test_what_the_receiver_fetches_is_delivered_at_once(site, actor, sender: FakeSender):
    WebhookEndpointFactory(site=site, kind="liaison", url="")
    delivery = sent(confirmed(site, actor), actor).deliveries.get()
    assert delivery.state == Delivery.State.DELIVERED
    assert not OutboxMessage.objects.filter(topic="feed.delivery").exists()


def test_a_test_message_is_about_no_incident(site, actor):
    endpoint = WebhookEndpointFactory(site=site)
    delivery = send_test(endpoint, actor)
    assert delivery.message.incident is None
    assert delivery.message.content["kind"] == "test"
    waiting = WebhookEndpointFactory(site=site, approved_by=None)
    with pytest.raises(Rejection):
        send_test(waiting, actor)
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedMessage.objects.filter(pk=delivery.message_id).update(type="alert")
