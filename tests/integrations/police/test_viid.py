"""GA/T 1400: what is sent to a peer, and what its answers mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock, outbox_lanes
from core.errors import Rejection
from core.guarded_http import guarded
from core.models import OutboxMessage
from core.network_rules import parse_networks
from core.permissions import StandardRole
from incidents import services
from incidents.feeds.dispatch import dispatch
from incidents.models import Disposition
from integrations.police.viid.client import Client, is_ok, statuses
from integrations.police.viid.messages import identifier
from integrations.police.viid.options import Options, checked
from integrations.police.viid.sender import client_of
from integrations.police.viid.sessions import Session
from tests.browsers import hire
from tests.factories import WatchEntryFactory
from tests.integrations.police.peer import DEVICE, ORG, deliver
from tests.receiver import Reply, running

pytestmark = pytest.mark.django_db
FORBIDDEN = ("/VIID/Faces", "/VIID/Persons", "/VIID/MotorVehicles")


@pytest.mark.parametrize("challenges_each_call", [True, False])
@pytest.mark.parametrize("quoted", [True, False])
def test_registration_keep_alive_and_the_end_carry_the_device_id_alone(
    peer, endpoint, challenges_each_call, quoted
):
    peer.challenges_each_call, peer.quoted = challenges_each_call, quoted
    session = Session(client_of(endpoint), endpoint.site.timezone)
    assert session.step(0.0)
    assert not session.step(59.0), "not due yet"
    assert session.step(60.0)
    session.end()
    names = ["Register", "Keepalive", "UnRegister"]
    assert peer.paths == [f"/VIID/System/{name}" for name in names]
    bodies = [json.loads(each.body) for each in peer.calls]
    assert bodies == [{f"{name}Object": {"DeviceID": DEVICE}} for name in names]
    assert {each.headers["user-identify"] for each in peer.calls} == {DEVICE}
    types = {each.headers["content-type"] for each in peer.calls}
    assert types == {"application/VIID+JSON;charset=UTF-8"}


def test_a_failed_keep_alive_registers_again(peer, endpoint):
    session = Session(client_of(endpoint), endpoint.site.timezone)
    session.step(0.0)
    peer.codes = ["1", "0"]
    session.step(60.0)
    assert session.is_registered
    assert peer.paths[-2:] == ["/VIID/System/Keepalive", "/VIID/System/Register"]


def test_a_peer_that_does_not_answer_is_registered_at_later(peer, endpoint):
    peer.is_lost = True
    session = Session(client_of(endpoint), endpoint.site.timezone)
    session.step(0.0)
    assert not session.is_registered
    peer.is_lost = False
    session.step(60.0)
    assert session.is_registered
    assert peer.paths[-1] == "/VIID/System/Register"


def test_a_reviewed_hit_is_one_notification_with_identifiers_of_33_digits(peer, endpoint):
    delivery = deliver(endpoint)
    assert delivery.state == "delivered"
    assert peer.paths == ["/VIID/DispositionNotifications"]
    sent = json.loads(peer.calls[0].body)["DispositionNotificationListObject"]
    (notification,) = sent["DispositionNotificationObject"]
    assert len(notification["NotificationID"]) == 33
    assert notification["NotificationID"].startswith(f"{ORG}02")
    assert notification["MotorVehicleObject"]["PlateNo"] == "沪A12345"
    assert not set(notification) & {"PersonObject", "FaceObject"}
    assert not any(path.startswith(FORBIDDEN) for path in peer.paths)


def test_nothing_is_sent_before_the_review(peer, endpoint):
    incident = services.raise_incident(
        endpoint.site_id, "intrusion", "device:1", "severe", endpoint.approved_at, {}
    )
    outbox_lanes.send_all_due("feeds")
    assert (incident.state, peer.calls) == ("detected", [])


@pytest.mark.parametrize("code", [0, "0"])
def test_the_status_code_of_an_item_may_be_a_number_or_a_text(peer, endpoint, code):
    peer.codes = [code]
    assert deliver(endpoint).state == "delivered"


@pytest.mark.parametrize("code", [4, "7"])
def test_http_200_with_an_item_s_error_is_no_success(peer, endpoint, code):
    peer.codes = [code]
    delivery = deliver(endpoint)
    assert delivery.state == "rejected"
    assert f"StatusCode {code}" in delivery.attempts.get().error


def test_a_wrong_password_holds_the_queue(peer, endpoint):
    peer.password = "another"
    delivery = deliver(endpoint)
    assert (delivery.state, delivery.attempts.get().http_status) == ("pending", 401)


@pytest.mark.parametrize(("wanted", "wait_s"), [("600", 600), ("", 5)])
def test_the_pause_that_a_peer_asks_for_is_kept(endpoint, peer, wanted, wait_s, monkeypatch):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    peer.refuses, peer.retry_after = 429, wanted
    assert deliver(endpoint).state == "pending"
    message = OutboxMessage.objects.get(topic="feed.delivery")
    assert (message.next_attempt_at - now).total_seconds() == wait_s


def test_an_address_outside_the_allowed_networks_gets_no_byte(peer, endpoint):
    endpoint.allowed_networks = []
    endpoint.save()
    delivery = deliver(endpoint)
    assert (delivery.state, peer.calls) == ("pending", [])
    assert "not_allowed" in delivery.attempts.get().error


def test_a_forbidden_reply_address_parks_the_hits_of_its_disposition_alone(peer, endpoint):
    officer = hire(endpoint.site, StandardRole.SECURITY)
    disposition = Disposition.objects.create(
        site=endpoint.site,
        endpoint=endpoint,
        number="7",
        target="(3=沪A00007)",
        category="2",
        reply_address="http://169.254.169.254/latest",
        sha256="0" * 64,
        received_at=clock.now(),
    )
    entry = WatchEntryFactory(site=endpoint.site, plate="沪A00007", disposition=disposition)
    hit = services.raise_incident(
        endpoint.site.pk, "plate_watchlist", f"watch:{entry.pk}", "severe", clock.now(), {}, entry
    )
    hit = services.review(hit, officer, confirmed=True, reason="seen on video")
    parked = dispatch(hit, officer, "the police asked for it").deliveries.get()
    assert deliver(endpoint).state == "delivered"
    parked.refresh_from_db()
    assert parked.state == "rejected"
    assert "not_allowed" in parked.attempts.get().error


def test_credentials_go_to_no_other_host(peer, endpoint, server):
    with running() as other:
        other.answer = lambda request: Reply(401, {"WWW-Authenticate": 'Digest nonce="1"'})
        client_of(endpoint).call("POST", other.url("/reply"), {})
    assert [each.headers.get("authorization") for each in other.received] == [None]


def test_answers_without_a_status_are_no_success():
    assert statuses(b"") is statuses(b"{}") is statuses(b"[]") is None
    assert statuses(b'{"ResponseStatusObject":{"StatusCode":0}}') == [{"StatusCode": 0}]
    unwrapped = statuses(b'[{"StatusCode":"0"},{"StatusCode":4}]')
    assert [is_ok(each) for each in unwrapped] == [True, False]


@given(sequence=st.integers(0, 10**9))
def test_identifiers_have_33_digits_whatever_the_sequence(sequence):
    made = identifier(Options(DEVICE, ORG), "20261201120000", sequence)
    assert len(made) == 33
    assert made.isdigit()


@pytest.mark.parametrize(
    "changed",
    [
        {"device_id": "1"},
        {"org_code": "50010700000x"},
        {"notification_type": "2"},
        {"keepalive_s": 5},
        {"user": "x"},
    ],
)
def test_malformed_options_are_rejected(changed):
    good: dict[str, object] = {"device_id": DEVICE, "org_code": ORG}
    assert checked(good).keepalive_s == 60
    with pytest.raises(Rejection):
        checked(good | changed)


def test_a_test_of_a_client_needs_no_credentials_where_the_peer_asks_for_none(server):
    server.answer = lambda request: Reply(200, {}, b'{"ResponseStatusObject":{"StatusCode":"0"}}')
    http = guarded(parse_networks(["127.0.0.0/8"]))
    answer = Client(http, server.url(""), Options(DEVICE, ORG)).call("GET", "/VIID/System/Time")
    assert answer.status == 200
