"""GA/T 1400: what is sent to a peer, and what its answers mean."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from core import outbox_lanes
from core.errors import Rejection
from core.guarded_http import guarded
from core.network_rules import parse_networks
from core.permissions import StandardRole
from incidents import services
from incidents.feeds.dispatch import dispatch
from incidents.models import Delivery
from integrations.police.viid import digest
from integrations.police.viid.client import Client, is_ok, statuses
from integrations.police.viid.messages import identifier
from integrations.police.viid.options import Options, checked, store_password
from integrations.police.viid.sender import client_of
from integrations.police.viid.sessions import Session, Sessions
from tests.browsers import hire
from tests.factories import FeedEndpointFactory
from tests.incidents.feeds.setting import confirmed
from tests.receiver import Received, Receiver, Reply, running

pytestmark = pytest.mark.django_db
DEVICE, ORG = "50010700000311900001", "500107000003"
FORBIDDEN = ("/VIID/Faces", "/VIID/Persons", "/VIID/MotorVehicles")


@dataclass
class Peer:
    """A peer whose nonces change; it challenges each call, or accepts a nonce again.

    Attributes:
        codes: the status codes of the items of the next answers; the last one stays.
    """

    password: str = "secret"
    challenges_each_call: bool = True
    quoted: bool = True
    codes: list[object] = field(default_factory=lambda: ["0"])
    is_lost: bool = False
    calls: list[Received] = field(default_factory=list)
    nonces: Iterator[int] = field(default_factory=lambda: count(1))
    valid: str = ""

    def answer(self, request: Received) -> Reply:
        if not self._is_authorized(request):
            self.valid = f"nonce-{next(self.nonces)}"
            algorithm = 'algorithm="MD5"' if self.quoted else "algorithm=MD5"
            header = f'Digest realm="police", nonce="{self.valid}", qop="auth", {algorithm}'
            return Reply(401, {"WWW-Authenticate": header})
        if self.challenges_each_call:
            self.valid = ""
        self.calls.append(request)
        if self.is_lost:
            return Reply(500)
        code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
        status = {"Id": "1", "StatusCode": code, "StatusString": "", "RequestURL": request.path}
        wrapped: dict[str, object] = {"ResponseStatusObject": status}
        if "System" not in request.path:
            wrapped = {"ResponseStatusListObject": {"ResponseStatusObject": [status]}}
        return Reply(200, {}, json.dumps(wrapped).encode())

    def _is_authorized(self, request: Received) -> bool:
        values = digest._values(request.headers.get("authorization", "").partition(" ")[2])
        if not self.valid or values.get("nonce") != self.valid:
            return False
        challenge = digest.Challenge("police", self.valid, qop="auth")
        expected = digest._response(
            challenge,
            values["username"],
            self.password,
            request.method,
            request.path,
            values["nc"],
            values["cnonce"],
        )
        return values["response"] == expected

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.calls]


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def server(peer: Peer) -> Iterator[Receiver]:
    with override_settings(OUTGOING_PLAIN_HTTP=True), running() as receiver:
        receiver.answer = peer.answer
        yield receiver


@pytest.fixture
def endpoint(server: Receiver) -> object:
    made = FeedEndpointFactory(
        kind="viid",
        url=server.url(""),
        allowed_networks=["127.0.0.0/8"],
        options={"device_id": DEVICE, "org_code": ORG, "user": "gatehouse"},
    )
    store_password(made, "password", "secret")
    made.save()
    return made


def deliver(endpoint: object) -> Delivery:
    """The delivery of a confirmed hit, after one attempt."""
    officer = hire(endpoint.site, StandardRole.SECURITY)
    incident = confirmed(endpoint.site, officer)
    message = dispatch(incident, officer, "the police asked for it")
    outbox_lanes.send_all_due("feeds")
    return message.deliveries.get()


@pytest.mark.parametrize("challenges_each_call", [True, False])
@pytest.mark.parametrize("quoted", [True, False])
def test_registration_keep_alive_and_the_end_carry_the_device_id_alone(
    peer, endpoint, challenges_each_call, quoted
):
    peer.challenges_each_call, peer.quoted = challenges_each_call, quoted
    session = Session(client_of(endpoint))
    assert session.step(0.0)
    assert session.step(59.0)
    assert peer.paths == ["/VIID/System/Register"], "not due yet"
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
    session = Session(client_of(endpoint))
    session.step(0.0)
    peer.codes = ["1", "0"]
    assert session.step(60.0)
    assert peer.paths[-2:] == ["/VIID/System/Keepalive", "/VIID/System/Register"]


def test_a_peer_that_does_not_answer_is_registered_at_later(peer, endpoint):
    peer.is_lost = True
    session = Session(client_of(endpoint))
    assert not session.step(0.0)
    peer.is_lost = False
    assert session.step(60.0)
    assert peer.paths[-1] == "/VIID/System/Register"


def test_the_sessions_follow_the_endpoints_and_end_with_the_process(peer, endpoint):
    sessions, turns = Sessions(), iter([True, True, False])
    sessions.run(lambda: next(turns), lambda seconds: None)
    assert peer.paths == ["/VIID/System/Register", "/VIID/System/UnRegister"]
    sessions.step(0.0)
    endpoint.state = "paused"
    endpoint.save()
    sessions.step(1.0)
    assert peer.paths[-2:] == ["/VIID/System/Register", "/VIID/System/UnRegister"]


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


def test_an_address_outside_the_allowed_networks_gets_no_byte(peer, endpoint):
    endpoint.allowed_networks = []
    endpoint.save()
    delivery = deliver(endpoint)
    assert (delivery.state, peer.calls) == ("pending", [])
    assert "not_allowed" in delivery.attempts.get().error


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
