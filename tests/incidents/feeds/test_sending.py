"""What an answer means for the queue: held, parked, paused, and nothing lost."""

from datetime import timedelta

import pytest

from core import clock, outbox, outbox_lanes
from core.events import subscribe, unsubscribe
from core.models import OutboxMessage, PausedReceiver
from incidents.feeds import endpoints, pausing
from incidents.feeds.delivery_topic import receiver_of
from incidents.feeds.dispatch import send_test
from incidents.feeds.events import DeliveryRejected, EndpointPaused
from incidents.feeds.ports import Answer, Outcome, outcome_of
from incidents.models import Delivery, FeedEndpoint, Incident
from tests.factories import SiteFactory, UserFactory, WebhookEndpointFactory
from tests.incidents.feeds.setting import FakeSender, confirmed, officer, sent

pytestmark = pytest.mark.django_db
OK = Answer(Outcome.DELIVERED, 204)
DOWN = Answer(Outcome.HOLD, error="no_connection: refused")
REFUSED = Answer(Outcome.REJECTED, 400, "HTTP 400", "no such plate")
GONE = Answer(Outcome.GONE, 410, "HTTP 410")


@pytest.fixture
def endpoint(sender: FakeSender) -> FeedEndpoint:
    return WebhookEndpointFactory(site=SiteFactory())


@pytest.fixture
def actor(endpoint):
    return officer(endpoint.site)


@pytest.fixture
def published():
    found = []
    for kind in (DeliveryRejected, EndpointPaused):
        subscribe(kind, found.append)
    yield found
    for kind in (DeliveryRejected, EndpointPaused):
        unsubscribe(kind, found.append)


def later(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    now = clock.now() + timedelta(**time)
    monkeypatch.setattr(clock, "now", lambda: now)


def states(endpoint: FeedEndpoint) -> list[str]:
    return list(endpoint.deliveries.order_by("seq").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Outcome.DELIVERED) for status in (200, 202, 204)),
        *((status, Outcome.HOLD) for status in (301, 302, 308, 408, 425, 429, 500, 502, 503, 504)),
        *((status, Outcome.REJECTED) for status in (400, 401, 403, 404, 409, 413, 422)),
        (410, Outcome.GONE),
    ],
)
def test_only_2xx_is_received(status, outcome):
    assert outcome_of(status) == outcome


def test_deliveries_leave_in_order_and_each_attempt_is_recorded(endpoint, actor, sender):
    for number in range(3):
        sent(confirmed(endpoint.site, actor, plate=f"沪A0000{number}"), actor)
    outbox_lanes.send_all_due("feeds")
    assert [seq for _name, seq in sender.sent] == [1, 2, 3]
    assert states(endpoint) == ["delivered"] * 3
    attempt = endpoint.deliveries.first().attempts.get()
    assert (attempt.number, attempt.trigger, attempt.http_status) == (1, "auto", 204)


def test_a_receiver_that_is_down_holds_its_queue_and_no_other(endpoint, actor, sender, monkeypatch):
    other = WebhookEndpointFactory(site=endpoint.site)
    monkeypatch.setattr(
        sender,
        "send",
        lambda to, delivery: (
            sender.sent.append((to.name, delivery.seq)) or (DOWN if to == endpoint else OK)
        ),
    )
    for number in range(3):
        sent(confirmed(endpoint.site, actor, plate=f"沪A0000{number}"), actor)
    outbox_lanes.send_all_due("feeds")
    assert [each for each in sender.sent if each[0] == endpoint.name] == [(endpoint.name, 1)]
    assert states(endpoint) == ["pending"] * 3
    assert states(other) == ["delivered"] * 3
    endpoint.refresh_from_db()
    assert endpoint.first_failure_at is not None


def test_the_schedule_goes_on_for_days_and_then_a_person_is_needed(
    endpoint, actor, sender, monkeypatch, published
):
    sender.answers = [DOWN]
    begin = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begin)
    sent(confirmed(endpoint.site, actor), actor)
    FeedEndpoint.objects.update(valid_until=begin + timedelta(days=365))
    waits: list[float] = []
    # When each wait was set; all but the ends of a day and of three days is skipped.
    after: list[timedelta] = []
    skipped_to = {8: timedelta(hours=24, minutes=-12), 16: timedelta(hours=72, minutes=-80)}
    while endpoint.state != FeedEndpoint.State.PAUSED:
        outbox_lanes.send_all_due("feeds")
        message = OutboxMessage.objects.get(topic="feed.delivery")
        waits.append((message.next_attempt_at - clock.now()).total_seconds())
        after.append(clock.now() - begin)
        skipped = begin + skipped_to.get(len(waits), timedelta())
        due = max(message.next_attempt_at, skipped)
        monkeypatch.setattr(clock, "now", lambda due=due: due)
        endpoint.refresh_from_db()
    assert waits[:8] == [5, 15, 30, 60, 120, 300, 300, 300]
    rarer = waits.index(1800)
    assert 8 < rarer < 16, "both ends are among what was not skipped"
    assert set(waits[8:rarer]) == {300}
    assert timedelta(hours=24) <= after[rarer] < timedelta(hours=24, minutes=6)
    assert set(waits[rarer:]) == {1800}
    assert timedelta(hours=72) <= clock.now() - begin < timedelta(hours=74)
    assert endpoint.paused_reason == "no_answer"
    assert states(endpoint) == ["dead"]
    assert published == [EndpointPaused(endpoint.pk, "no_answer")]
    outbox_lanes.send_all_due("feeds")

    sender.answers = [OK]
    pausing.resume(endpoint, actor)
    outbox_lanes.send_all_due("feeds")
    assert states(endpoint) == ["delivered"]


def test_the_time_that_a_change_waits_for_its_approval_is_no_failure(
    endpoint, actor, sender, monkeypatch
):
    sender.answers = [DOWN]
    sent(confirmed(endpoint.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    values = endpoints.shown_values(endpoint)
    values |= {"url": "https://new.example/hook", "valid_until": endpoint.valid_until}
    endpoints.change_endpoint(endpoint, actor, endpoints.EndpointValues(**values))
    later(monkeypatch, hours=80)
    endpoints.approve_endpoint(endpoint, UserFactory())
    outbox_lanes.send_all_due("feeds")
    endpoint.refresh_from_db()
    assert (endpoint.state, states(endpoint)) == ("probing", ["pending"])
    assert len(sender.sent) == 2


def test_the_pause_that_a_receiver_asks_for_is_kept(endpoint, actor, sender):
    until = clock.now() + timedelta(minutes=7)
    sender.answers = [Answer(Outcome.HOLD, 429, "HTTP 429", not_before=until)]
    sent(confirmed(endpoint.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    assert OutboxMessage.objects.get(topic="feed.delivery").next_attempt_at == until


def test_a_refused_message_is_parked_with_those_of_its_incident_and_the_queue_goes_on(
    endpoint, actor, sender, published
):
    first, second = (confirmed(endpoint.site, actor, plate=f"沪A0000{n}") for n in range(2))
    sender.answers = [REFUSED, OK]
    sent(first, actor)
    sent(first, actor, "update")
    sent(second, actor)
    sent(first, actor, "cancel")
    outbox_lanes.send_all_due("feeds")
    assert states(endpoint) == ["rejected", "rejected", "delivered", "rejected"]
    assert [seq for _name, seq in sender.sent] == [1, 3]
    assert published == [DeliveryRejected(endpoint.deliveries.get(seq=1).pk)]
    assert endpoint.deliveries.get(seq=1).attempts.get().answer == "no such plate"


def test_an_endpoint_that_is_gone_is_paused_and_keeps_its_queue(endpoint, actor, sender, published):
    sender.answers = [GONE]
    for number in range(2):
        sent(confirmed(endpoint.site, actor, plate=f"沪A0000{number}"), actor)
    outbox_lanes.send_all_due("feeds")
    outbox_lanes.send_all_due("feeds")
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.paused_reason) == ("paused", "gone")
    assert published == [EndpointPaused(endpoint.pk, "gone")]
    assert states(endpoint) == ["pending", "pending"]
    assert len(sender.sent) == 1

    sender.answers = [OK]
    pausing.resume(endpoint, actor)
    outbox_lanes.send_all_due("feeds")
    assert states(endpoint) == ["delivered", "delivered"]
    assert not PausedReceiver.objects.exists()


def queued(endpoint: FeedEndpoint, actor, count: int = 3) -> None:
    for number in range(count):
        sent(confirmed(endpoint.site, actor, plate=f"沪A0000{number}"), actor)


def held(endpoint, actor, sender, monkeypatch) -> None:
    """Three messages wait, because the receiver was down."""
    sender.answers = [DOWN]
    queued(endpoint, actor)
    outbox_lanes.send_all_due("feeds")
    later(monkeypatch, minutes=1)


def paused(endpoint, actor, sender, monkeypatch) -> None:
    """Three messages wait, because a person paused the feed, and resumed it."""
    pausing.pause(endpoint, actor, "their system is replaced")
    queued(endpoint, actor)
    pausing.resume(endpoint, actor)


def approved_anew(endpoint, actor, sender, monkeypatch) -> None:
    """Three messages wait, because the approval of another address took time."""
    queued(endpoint, actor)
    values = endpoints.shown_values(endpoint)
    values |= {"url": "https://new.example/hook", "valid_until": endpoint.valid_until}
    endpoints.change_endpoint(endpoint, actor, endpoints.EndpointValues(**values))
    endpoints.approve_endpoint(endpoint, UserFactory())


OUTAGES = pytest.mark.parametrize("outage", [held, paused, approved_anew])


@OUTAGES
def test_after_an_outage_the_queue_follows_the_first_message_that_is_accepted(
    endpoint, actor, sender, monkeypatch, outage
):
    outage(endpoint, actor, sender, monkeypatch)
    endpoint.refresh_from_db()
    assert endpoint.state == "probing"
    sender.sent.clear()
    sender.answers = [OK]
    outbox_lanes.send_all_due("feeds")
    assert [seq for _name, seq in sender.sent] == [1, 2, 3]
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.first_failure_at) == ("active", None)


@OUTAGES
def test_after_an_outage_one_message_tries_at_a_time_until_one_is_accepted(
    endpoint, actor, sender, monkeypatch, outage
):
    """A receiver that came back wrong does not have the whole queue parked at once."""
    outage(endpoint, actor, sender, monkeypatch)
    sender.sent.clear()
    sender.answers = [REFUSED, DOWN, OK]
    outbox_lanes.send_all_due("feeds")
    assert states(endpoint) == ["rejected", "pending", "pending"]
    assert outbox.next_attempt(receiver_of(endpoint)) > clock.now()
    later(monkeypatch, seconds=31)
    outbox_lanes.send_all_due("feeds")
    endpoint.refresh_from_db()
    assert (endpoint.state, states(endpoint)) == ("probing", ["rejected", "pending", "pending"])
    later(monkeypatch, minutes=6)
    outbox_lanes.send_all_due("feeds")
    assert [seq for _name, seq in sender.sent] == [1, 2, 2, 3]
    endpoint.refresh_from_db()
    assert (endpoint.state, states(endpoint)) == ("active", ["rejected", "delivered", "delivered"])


def test_a_feed_that_is_resumed_with_an_empty_queue_is_active(endpoint, actor, sender):
    pausing.pause(endpoint, actor, "their system is replaced")
    assert pausing.resume(endpoint, actor).state == "active"


def test_a_feed_that_is_paused_while_it_is_tried_stays_paused(endpoint, actor, sender, monkeypatch):
    held(endpoint, actor, sender, monkeypatch)
    answer = sender.send

    def pause_meanwhile(to, delivery):
        pausing.pause(endpoint, actor, "their system is replaced")
        return answer(to, delivery)

    monkeypatch.setattr(sender, "send", pause_meanwhile)
    sender.answers = [OK]
    outbox_lanes.send_all_due("feeds")
    endpoint.refresh_from_db()
    assert (endpoint.state, states(endpoint)) == ("paused", ["delivered", "pending", "pending"])


def test_a_person_pauses_and_resumes(endpoint, actor, sender):
    pausing.pause(endpoint, actor, "their system is replaced")
    sent(confirmed(endpoint.site, actor), actor)
    assert outbox_lanes.send_all_due("feeds") == 0
    pausing.resume(endpoint, actor)
    outbox_lanes.send_all_due("feeds")
    assert states(endpoint) == ["delivered"]


def test_what_expired_is_sent_nothing(endpoint, actor, sender, published, monkeypatch):
    sent(confirmed(endpoint.site, actor), actor)
    later(monkeypatch, days=400)
    outbox_lanes.send_all_due("feeds")
    assert sender.sent == []
    assert published == [EndpointPaused(endpoint.pk, "expired")]


def test_a_range_is_sent_again_by_a_person_with_the_same_bodies(endpoint, actor, sender):
    for number in range(4):
        sent(confirmed(endpoint.site, actor, plate=f"沪A0000{number}"), actor)
    outbox_lanes.send_all_due("feeds")
    assert pausing.replay(endpoint, actor, 2, 3) == 2
    outbox_lanes.send_all_due("feeds")
    assert [seq for _name, seq in sender.sent] == [1, 2, 3, 4, 2, 3]
    triggers = endpoint.deliveries.get(seq=2).attempts.values_list("number", "trigger")
    assert list(triggers) == [(1, "auto"), (2, "manual")]


def test_a_parked_message_is_delivered_when_a_person_sends_it_again(endpoint, actor, sender):
    sender.answers = [REFUSED, OK]
    incident = confirmed(endpoint.site, actor)
    sent(incident, actor)
    sent(incident, actor, "update")
    outbox_lanes.send_all_due("feeds")
    pausing.replay(endpoint, actor, 1, 2)
    outbox_lanes.send_all_due("feeds")
    assert states(endpoint) == ["delivered", "delivered"]


def test_a_delivery_that_was_received_stays_delivered_whatever_a_replay_answers(
    endpoint, actor, sender
):
    sent(confirmed(endpoint.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    sender.answers = [REFUSED]
    pausing.replay(endpoint, actor, 1, 1)
    outbox_lanes.send_all_due("feeds")
    assert states(endpoint) == ["delivered"]


def test_a_fault_of_a_sender_holds_the_queue(endpoint, actor, sender, monkeypatch):
    def fail(to, delivery):
        raise KeyError("options")

    monkeypatch.setattr(sender, "send", fail)
    send_test(endpoint, actor)
    outbox_lanes.send_all_due("feeds")
    assert states(endpoint) == ["pending"]
    assert "KeyError" in endpoint.deliveries.get().attempts.get().error


def test_an_incident_whose_review_is_missing_does_not_leave_however_it_was_queued(
    endpoint, actor, sender
):
    incident = confirmed(endpoint.site, actor)
    sent(incident, actor)
    Incident.objects.update(state="triage", review_reason="")
    outbox_lanes.send_all_due("feeds")
    assert sender.sent == []
    assert Delivery.objects.get().state == "pending"
