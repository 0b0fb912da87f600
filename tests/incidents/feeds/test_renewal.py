"""Alerts that expire are renewed while their incident is open, with what a person dispatched."""

from datetime import timedelta

import pytest

from core import clock
from incidents import services
from incidents.feeds import receipts, selectors
from incidents.jobs import renew_alerts
from incidents.models import Delivery, FeedMessage, Incident
from tests.factories import FeedEndpointFactory, SiteFactory
from tests.incidents.feeds.setting import confirmed, officer, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint():
    return FeedEndpointFactory(site=SiteFactory(), kind="cap_atom")


@pytest.fixture
def actor(endpoint):
    return officer(endpoint.site)


@pytest.fixture
def incident(endpoint, actor):
    found = confirmed(endpoint.site, actor)
    sent(found, actor)
    return found


def age(hours):
    FeedMessage.objects.update(created_at=clock.now() - timedelta(hours=hours))


def test_a_fresh_alert_needs_no_renewal(incident):
    assert renew_alerts() == 0
    age(21)
    assert renew_alerts() == 0


def test_an_alert_is_renewed_by_an_update_two_hours_before_it_expires(incident, actor):
    age(22)
    assert renew_alerts() == 1
    first, second = FeedMessage.objects.order_by("number")
    assert (second.type, second.number, second.decided_by) == ("update", 2, actor)
    assert second.content == first.content
    assert renew_alerts() == 0
    assert incident.timeline.filter(code="feed_renewed", actor=None).exists()


def test_a_renewal_repeats_what_was_dispatched_although_the_incident_has_changed(incident):
    Incident.objects.filter(pk=incident.pk).update(severity="extreme", place="elsewhere")
    age(23)
    renew_alerts()
    renewed = FeedMessage.objects.latest("number")
    assert renewed.content["severity"] == "severe"


def test_what_has_ended_or_was_cancelled_is_not_renewed(endpoint, actor, incident):
    services.close(Incident.objects.get(pk=incident.pk), actor, "over")
    cancelled = confirmed(endpoint.site, actor)
    sent(cancelled, actor)
    sent(cancelled, actor, "cancel")
    age(23)
    assert renew_alerts() == 0


def test_only_endpoints_whose_messages_expire_get_a_renewal(endpoint, actor):
    FeedEndpointFactory(site=endpoint.site, kind="webhook", url="https://feed.example/hook")
    sent(confirmed(endpoint.site, actor), actor)
    age(23)
    renew_alerts()
    renewal = FeedMessage.objects.latest("number")
    assert [each.endpoint for each in Delivery.objects.filter(message=renewal)] == [endpoint]


def test_the_acknowledgement_of_an_alert_counts_although_another_feed_got_a_renewal(actor):
    site = SiteFactory()
    FeedEndpointFactory(site=site, kind="cap_atom")
    other = FeedEndpointFactory(site=site, kind="liaison")
    person = officer(site)
    incident = confirmed(site, person)
    sent(incident, person)
    age(22)
    assert renew_alerts() == 1
    receipts.acknowledge(other.deliveries.get(), "Officer Qian")
    incident.refresh_from_db()
    assert incident.state == Incident.State.ACKNOWLEDGED


def test_a_renewal_does_not_hide_that_another_feed_has_rejected_the_alert(endpoint, incident):
    rejected = Delivery.objects.create(
        endpoint=FeedEndpointFactory(site=endpoint.site, kind="webhook"),
        message=incident.messages.get(),
        seq=1,
        media_type="application/json",
        body=b"{}",
        sha256="0" * 64,
        state=Delivery.State.REJECTED,
        created_at=clock.now(),
    )
    age(22)
    renew_alerts()
    shown = selectors.progress(selectors.deliveries_of(incident))
    assert (shown.code, shown.delivery) == ("rejected", rejected)


def test_a_person_updates_after_a_renewal(incident, actor):
    age(23)
    renew_alerts()
    assert sent(incident, actor, "update").number == 3
