"""Alerts that are pushed: the signed bytes arrive, and answers mean what they mean for webhooks."""

import pytest

from core.outbox import NotSent
from incidents.feeds import site_keys
from incidents.feeds.sending import deliver
from incidents.models import Delivery, DeliveryAttempt
from integrations.police.cap.signature import verify
from tests import receiver
from tests.factories import FeedEndpointFactory, SiteFactory
from tests.incidents.feeds.setting import confirmed, officer, sent
from tests.integrations.police.alerts import element
from tests.receiver import Reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    settings.OUTGOING_PLAIN_HTTP = True
    with receiver.running() as running:
        yield running


@pytest.fixture
def endpoint(server):
    return FeedEndpointFactory(
        site=SiteFactory(),
        kind="cap_atom",
        url=server.url("/cap"),
        allowed_networks=["127.0.0.0/8"],
    )


def deliver_one(endpoint):
    actor = officer(endpoint.site)
    sent(confirmed(endpoint.site, actor), actor)
    delivery = Delivery.objects.get()
    deliver("", {"delivery": delivery.pk, "manual": False})
    delivery.refresh_from_db()
    return delivery


def test_the_receiver_gets_the_signed_alert_with_its_media_type(endpoint, server):
    delivery = deliver_one(endpoint)
    (request,) = server.received
    assert (request.method, request.path) == ("POST", "/cap")
    assert request.headers["content-type"] == "application/cap+xml"
    assert request.body == bytes(delivery.body)
    found = verify(request.body, site_keys.signing_key(endpoint.site).certificate)
    assert element(found, "addresses").text == endpoint.public_id
    assert delivery.state == "delivered"


def test_a_receiver_that_refuses_an_alert_parks_it(endpoint, server):
    server.answer = lambda request: Reply(422, body=b"unknown sender")
    assert deliver_one(endpoint).state == "rejected"
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.http_status, attempt.answer) == (422, "unknown sender")


def test_a_network_that_is_not_allowed_is_not_reached(endpoint, server):
    endpoint.allowed_networks = []
    endpoint.save()
    with pytest.raises(NotSent):
        deliver_one(endpoint)
    assert server.received == []
