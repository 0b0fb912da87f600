"""The person on call is paged for what has gone wrong with a feed, once."""

from datetime import timedelta

import pytest

from core import clock, outbox_lanes
from core.models import Notification
from core.permissions import StandardRole
from incidents.feeds.dispatch import send_test
from incidents.feeds.jobs import redact_messages, warn_of_late_deliveries
from incidents.feeds.ports import Answer, Outcome
from incidents.models import Delivery, Incident
from tests.factories import MembershipFactory, SiteFactory, WebhookEndpointFactory
from tests.incidents.feeds.setting import confirmed, officer, sent

pytestmark = pytest.mark.django_db
DOWN = Answer(Outcome.HOLD, error="no_connection: refused")


@pytest.fixture
def feed(sender):
    feed = WebhookEndpointFactory(site=SiteFactory())
    MembershipFactory(site=feed.site, role=StandardRole.MANAGER)
    return feed


@pytest.fixture
def actor(feed):
    return officer(feed.site)


def pages() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("title", flat=True))


def later(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    at = clock.now() + timedelta(**time)
    monkeypatch.setattr(clock, "now", lambda: at)


def test_a_rejected_message_pages_once_for_all_of_its_incident(feed, actor, sender):
    sender.answers = [Answer(Outcome.REJECTED, 400, "HTTP 400")]
    incident = confirmed(feed.site, actor)
    sent(incident, actor)
    sent(incident, actor, "update")
    outbox_lanes.send_all_due("feeds")
    assert set(pages()) == {"feed_rejected"}
    assert len(pages()) == Notification.objects.values("recipient").distinct().count()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(Outcome.GONE, 410, "HTTP 410"), "feed_gone"),
        (Answer(Outcome.REJECTED, 404, "HTTP 404"), "feed_test_rejected"),
    ],
)
def test_what_a_test_message_finds_out(feed, actor, sender, answer, code):
    sender.answers = [answer]
    send_test(feed, actor)
    outbox_lanes.send_all_due("feeds")
    assert set(pages()) == {code}


def test_an_extreme_incident_that_is_late_is_to_be_phoned(feed, actor, sender, monkeypatch):
    sender.answers = [DOWN]
    sent(confirmed(feed.site, actor, severity="extreme"), actor)
    sent(confirmed(feed.site, actor, plate="沪A00002"), actor)
    outbox_lanes.send_all_due("feeds")
    assert warn_of_late_deliveries() == 0
    later(monkeypatch, minutes=2, seconds=1)
    assert warn_of_late_deliveries() == 1
    assert warn_of_late_deliveries() == 0
    assert set(pages()) == {"feed_late"}


def test_bodies_and_plates_go_with_the_evidence_and_the_record_stays(
    feed, actor, sender, monkeypatch
):
    incident = confirmed(feed.site, actor, plate="沪A12345")
    sent(incident, actor)
    outbox_lanes.send_all_due("feeds")
    sent(incident, actor, "cancel")
    outbox_lanes.send_all_due("feeds")
    assert redact_messages() == 0
    Incident.objects.update(ended_at=clock.now() - timedelta(days=2000))
    assert redact_messages() == 2
    assert redact_messages() == 0
    for delivery in Delivery.objects.all():
        assert bytes(delivery.body) == b""
        assert len(delivery.sha256) == 64
        assert "plate" not in delivery.message.content
        assert delivery.message.decided_by == actor
