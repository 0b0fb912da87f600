"""Webhooks to authorities, received and verified by the stock library of Standard Webhooks."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from core import clock, guarded_http, outbox_lanes
from core.models import OutboxMessage
from incidents import services
from incidents.feeds import credentials, endpoints, pausing
from incidents.models import FeedEndpoint, Incident
from integrations.webhooks import signing
from integrations.webhooks.adapter import MOST_BYTES, retry_after
from tests import ed25519, receiver
from tests.factories import SiteFactory, UserFactory, WebhookEndpointFactory
from tests.incidents.feeds.setting import confirmed, officer, sent
from tests.receiver import Received, Receiver, Reply

pytestmark = pytest.mark.django_db
ACK = "/api/v1/feeds/{}/messages/{}/ack"


@pytest.fixture
def police(settings) -> Iterator[Receiver]:
    """A receiver on this machine, which the feed may reach as in a laboratory."""
    settings.OUTGOING_PLAIN_HTTP = True
    with receiver.running() as running:
        yield running


@pytest.fixture
def feed(police: Receiver) -> FeedEndpoint:
    site = SiteFactory()
    return WebhookEndpointFactory(site=site, url=police.url(), allowed_networks=["127.0.0.0/8"])


@pytest.fixture
def actor(feed):
    return officer(feed.site)


def renewed(feed: FeedEndpoint) -> credentials.Credentials:
    found = endpoints.renew_credentials(feed, UserFactory())
    feed.refresh_from_db()
    return found


def verified(secret: str, request: Received) -> dict:
    """The message, as the receiver's stock library accepts it."""
    return Webhook(secret).verify(request.body, dict(request.headers))


@given(body=st.binary(max_size=200), key=st.binary(min_size=24, max_size=64))
def test_signatures_are_those_of_the_reference_library(body, key):
    secret = "whsec_" + base64.b64encode(key).decode()
    at = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    text = body.decode("latin-1")
    ours = signing.signature(secret, "msg_1", int(at.timestamp()), text.encode())
    assert ours == Webhook(secret).sign("msg_1", at, text)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_AAAA", "whsec_%%%", "whsec_" + "A" * 128])
def test_a_malformed_secret_signs_nothing(secret):
    with pytest.raises(ValueError, match="secret"):
        signing.signature(secret, "msg_1", 1, b"{}")


# RFC 8032, section 7.1: private key, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
        "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
        "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("private", "public", "message", "signature"), VECTORS)
def test_the_tests_own_verification_is_that_of_the_standard(private, public, message, signature):
    key, text, signed = (bytes.fromhex(each) for each in (public, message, signature))
    assert ed25519.verifies(key, text, signed)
    assert not ed25519.verifies(key, text + b"x", signed)
    assert not ed25519.verifies(key, text, signed[:-1] + bytes([signed[-1] ^ 1]))
    written = "whsk_" + base64.b64encode(bytes.fromhex(private)).decode()
    assert credentials.public_key_of(written) == "whpk_" + base64.b64encode(key).decode()


def key_verified(public: str, request: Received) -> int:
    """How many ``v1a`` signatures of a request are those of a public key."""
    key = base64.b64decode(public.removeprefix("whpk_"))
    mark, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    signed = f"{mark}.{at}.".encode() + request.body
    found = [each.split(",") for each in request.headers["webhook-signature"].split(" ")]
    return sum(
        ed25519.verifies(key, signed, base64.b64decode(text))
        for version, text in found
        if version == "v1a"
    )


def test_whoever_has_the_public_key_verifies_what_arrives(feed, actor, police):
    shown, other = renewed(feed), renewed(WebhookEndpointFactory())
    assert credentials.public_keys(feed) == [shown.public_key]
    sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    (request,) = police.received
    found = request.headers["webhook-signature"].split(" ")
    assert [each.split(",")[0] for each in found] == ["v1", "v1a"]
    assert key_verified(shown.public_key, request) == 1
    assert key_verified(other.public_key, request) == 0
    assert key_verified(shown.public_key, replace(request, body=request.body + b" ")) == 0
    assert verified(shown.secret, request), "libraries that know v1 alone ignore the other one"


def test_during_a_rotation_old_and_new_key_verify(feed, actor, police, monkeypatch):
    old, new = renewed(feed), renewed(feed)
    sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    for shown in (old, new):
        assert key_verified(shown.public_key, police.received[0]) == 1
    assert credentials.public_keys(feed) == [new.public_key, old.public_key]
    later = clock.now() + credentials.OVERLAP + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert credentials.public_keys(feed) == [new.public_key]


def test_private_keys_are_stored_encrypted_for_their_feed_alone(feed):
    renewed(feed)
    assert "whsk_" not in feed.signing_key
    assert credentials.signing_keys(feed)[0].startswith("whsk_")
    elsewhere = WebhookEndpointFactory(signing_key=feed.signing_key)
    assert credentials.public_keys(elsewhere) == []


def test_a_feed_from_before_there_were_keys_signs_with_its_secret(feed, actor, police):
    shown = renewed(feed)
    FeedEndpoint.objects.update(signing_key="")
    sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    (request,) = police.received
    assert " " not in request.headers["webhook-signature"]
    assert verified(shown.secret, request)


def test_the_stock_receiver_verifies_what_arrives(feed, actor, police):
    shown = renewed(feed)
    message = sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    (request,) = police.received
    body = verified(shown.secret, request)
    assert request.headers["webhook-id"] == message.public_id
    assert request.headers["content-type"] == "application/json"
    assert body["type"] == "incident.alert"
    assert body["data"]["incident"] == message.content["incident"]
    assert request.body == bytes(message.deliveries.get().body)
    assert len(request.body) < MOST_BYTES
    other = renewed(WebhookEndpointFactory())
    with pytest.raises(WebhookVerificationError):
        verified(other.secret, request)


def test_each_attempt_has_the_same_id_and_bytes_and_its_own_time(feed, actor, police, monkeypatch):
    shown = renewed(feed)
    police.answer = lambda request: Reply(503)
    sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=60))
    police.answer = lambda request: Reply(204)
    outbox_lanes.send_all_due("feeds")
    first, second = police.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    passed = int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"])
    assert 60 <= passed < 120
    for request in police.received:
        verified(shown.secret, request)


def test_during_a_rotation_old_and_new_secret_verify(feed, actor, police, monkeypatch):
    old, new = renewed(feed), renewed(feed)
    sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    for shown in (old, new):
        verified(shown.secret, police.received[0])
    later = clock.now() + credentials.OVERLAP + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert len(credentials.signing_secrets(feed)) == 1
    assert credentials.endpoint_of(old.token) is None
    assert credentials.endpoint_of(new.token) == feed


def test_the_stock_receiver_verifies_a_message_that_arrives_a_day_late(
    feed, actor, police, monkeypatch
):
    """The receiver was down for a day, and the secret was replaced meanwhile."""
    old, real = renewed(feed), clock.now
    police.answer = lambda request: Reply(503)
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(days=1))
    message = sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    monkeypatch.setattr(clock, "now", real)
    new = renewed(feed)
    police.answer = lambda request: Reply(204)
    outbox_lanes.send_all_due("feeds")
    early, late = police.received
    with pytest.raises(WebhookVerificationError, match="too old"):
        verified(old.secret, early)
    for shown in (old, new):
        assert verified(shown.secret, late)["data"]["message"] == message.public_id
    assert early.body == late.body
    assert early.headers["webhook-id"] == late.headers["webhook-id"] == message.public_id
    written = datetime.fromisoformat(json.loads(late.body)["timestamp"])
    assert real() - written > timedelta(hours=23), "the message says when it was decided"


def test_an_incident_that_is_rejected_for_ever_does_not_hold_back_the_next_fire_alarm(
    feed, actor, police
):
    def answer(request: Received) -> Reply:
        kind = json.loads(request.body)["data"]["kind"]
        return Reply(400) if kind == "plate_watchlist" else Reply(204)

    police.answer = answer
    renewed(feed)
    refused = confirmed(feed.site, actor)
    sent(refused, actor)
    sent(refused, actor, "update")
    outbox_lanes.send_all_due("feeds")
    fire = services.raise_incident(
        feed.site.pk, "smoke_fire", "zone:garage", "extreme", clock.now(), {}
    )
    fire = services.review(fire, actor, confirmed=True, reason="smoke on the camera")
    alarm = sent(fire, actor)
    outbox_lanes.send_all_due("feeds")
    states = list(feed.deliveries.order_by("seq").values_list("state", flat=True))
    assert states == ["rejected", "rejected", "delivered"]
    ids = [each.headers["webhook-id"] for each in police.received]
    assert len(ids) == 2, "what follows a rejected message of its incident is parked with it"
    assert ids[-1] == alarm.public_id


def test_a_name_that_changes_to_an_address_of_ours_gets_no_byte(feed, actor, police, monkeypatch):
    """DNS rebinding: the name is resolved for each request, and that address is judged."""
    renewed(feed)
    url = police.url(host="rebind.example").replace("http:", "https:")
    FeedEndpoint.objects.update(url=url, allowed_networks=[])
    asked = []

    def resolve(host: str, port: int, **_kinds: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(guarded_http.socket, "getaddrinfo", resolve)
    delivery = sent(confirmed(feed.site, actor), actor).deliveries.get()
    outbox_lanes.send_all_due("feeds")
    assert asked == ["rebind.example"], "resolved once"
    assert police.connections == 0
    assert delivery.attempts.get().error.startswith("address_not_allowed")


@pytest.mark.parametrize(
    ("reply", "state", "paused"),
    [
        (Reply(204), "delivered", False),
        (Reply(302, {"Location": "/other"}), "pending", False),
        (Reply(429, {"Retry-After": "600"}), "pending", False),
        (Reply(500, body=b"oops"), "pending", False),
        (Reply(400, body=b"no such field"), "rejected", False),
        (Reply(410), "pending", True),
    ],
)
def test_what_receivers_answer(feed, actor, police, reply, state, paused):
    renewed(feed)
    police.answer = lambda request: reply
    delivery = sent(confirmed(feed.site, actor), actor).deliveries.get()
    outbox_lanes.send_all_due("feeds")
    delivery.refresh_from_db()
    feed.refresh_from_db()
    assert (delivery.state, feed.state == "paused") == (state, paused)
    attempt = delivery.attempts.get()
    assert attempt.http_status == reply.status
    assert attempt.answer == reply.body.decode()
    assert [each.path for each in police.received] == ["/hook"]
    if reply.status == 429:
        due = OutboxMessage.objects.get(topic="feed.delivery").next_attempt_at
        assert due > clock.now() + timedelta(minutes=9)


def test_a_network_that_nobody_allowed_is_not_reached(feed, actor, police):
    renewed(feed)
    FeedEndpoint.objects.update(allowed_networks=[])
    delivery = sent(confirmed(feed.site, actor), actor).deliveries.get()
    outbox_lanes.send_all_due("feeds")
    assert police.connections == 0
    assert delivery.attempts.get().error.startswith("address_not_allowed")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("99999999999999999999", 3600),
        ("Tue, 01 Dec 2026 08:31:00 GMT", 60),
        ("Tue, 01 Dec 2026 08:00:00 GMT", None),
    ],
)
def test_the_pause_that_a_receiver_asks_for(monkeypatch, text, seconds):
    now = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    wanted = None if seconds is None else now + timedelta(seconds=seconds)
    assert retry_after(text) == wanted


def acknowledged(client: Client, feed: FeedEndpoint, message: str, token: str, **body: object):
    return client.post(
        ACK.format(feed.public_id, message),
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )


def test_the_liaison_acknowledges_with_the_token(client, feed, actor, police):
    shown = renewed(feed)
    message = sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    answer = acknowledged(
        client,
        feed,
        message.public_id,
        shown.token,
        operator="Officer Qian",
        at="2026-12-01T08:30:00+08:00",
        note="a car is on its way",
    )
    assert answer.status_code == 200
    delivery = message.deliveries.get()
    assert delivery.acknowledged_by == "Officer Qian"
    message.incident.refresh_from_db()
    assert message.incident.state == Incident.State.ACKNOWLEDGED
    again = acknowledged(client, feed, message.public_id, shown.token, operator="Another")
    assert again.json() == answer.json()
    delivery.refresh_from_db()
    assert delivery.acknowledged_by == "Officer Qian"


def test_an_acknowledgement_needs_the_token_of_this_feed(client, feed, actor, police):
    shown, other = renewed(feed), renewed(WebhookEndpointFactory())
    message = sent(confirmed(feed.site, actor), actor)
    for token in ("", "wrong", other.token):
        answer = acknowledged(client, feed, message.public_id, token, operator="x")
        assert answer.status_code == 401
    for body in ({}, {"operator": 5}, {"operator": "x", "at": "yesterday"}, {"operator": " "}):
        answer = acknowledged(client, feed, message.public_id, shown.token, **body)
        assert answer.status_code == 400
    answer = acknowledged(client, feed, "msg_unknown", shown.token, operator="x")
    assert answer.status_code == 404
    assert client.get(ACK.format(feed.public_id, message.public_id)).status_code == 405
    assert message.deliveries.get().acknowledged_at is None


def test_a_replay_is_recognised_by_its_id(feed, actor, police):
    renewed(feed)
    sent(confirmed(feed.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    pausing.replay(feed, actor, 1, 1)
    outbox_lanes.send_all_due("feeds")
    assert len({each.headers["webhook-id"] for each in police.received}) == 1
    assert len(police.received) == 2
