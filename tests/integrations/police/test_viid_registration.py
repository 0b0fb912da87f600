"""GA/T 1400: a feed is registered beside the lane that sends, and its queue waits for that."""

import threading

import pytest

from core import outbox_lanes
from core.guarded_http import Limits
from core.models import OutboxMessage
from incidents.feeds import pausing
from incidents.models import FeedEndpoint
from integrations.police.viid import sessions as sessions_of_peers
from integrations.police.viid.registration import is_registered
from integrations.police.viid.sessions import Sessions, keep_registered
from tests.config.running import eventually
from tests.factories import FeedEndpointFactory, UserFactory
from tests.integrations.police.peer import DEVICE, ORG, deliver
from tests.receiver import Reply, running

pytestmark = pytest.mark.django_db
REGISTER, KEEP, END = (f"/VIID/System/{name}" for name in ("Register", "Keepalive", "UnRegister"))
NOTIFICATIONS = "/VIID/DispositionNotifications"
# Of a step in the tests: each answer is recorded by the step that made its call.
PATIENCE_S = 30.0


@pytest.fixture
def unregistered(endpoint):
    """The feed before its first registration."""
    endpoint.registered_until = None
    endpoint.save()
    return endpoint


def fresh(endpoint):
    return FeedEndpoint.objects.get(pk=endpoint.pk)


def send_again(endpoint):
    """Make due what the schedule would make due later, and send it."""
    OutboxMessage.objects.filter(receiver=f"feed:{endpoint.pk}").update(
        next_attempt_at="2000-01-01T00:00Z"
    )
    outbox_lanes.send_all_due("feeds")


def test_a_message_waits_for_the_registration_and_leaves_with_it(peer, unregistered):
    delivery = deliver(unregistered)
    assert (delivery.state, peer.paths) == ("pending", [])
    assert delivery.attempts.get().error == "not_registered"
    Sessions(PATIENCE_S).step(0.0)
    assert is_registered(fresh(unregistered))
    outbox_lanes.send_all_due("feeds")
    delivery.refresh_from_db()
    assert (delivery.state, peer.paths) == ("delivered", [REGISTER, NOTIFICATIONS])


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_notification_leads_to_a_new_registration(peer, unregistered, status):
    sessions = Sessions(PATIENCE_S)
    sessions.step(0.0)
    peer.refuses = status
    delivery = deliver(unregistered)
    assert (delivery.state, delivery.attempts.get().error) == ("pending", "refused")
    assert not is_registered(fresh(unregistered))
    sessions.step(1.0)
    assert peer.paths == [REGISTER, NOTIFICATIONS, REGISTER]
    outbox_lanes.send_all_due("feeds")
    assert peer.paths[-1] == REGISTER, "it keeps the schedule, so that no loop arises"
    peer.refuses = 0
    send_again(unregistered)
    delivery.refresh_from_db()
    assert delivery.state == "delivered"


def test_a_registration_that_fails_is_shown_with_its_reason(peer, unregistered):
    peer.codes = ["7"]
    Sessions(PATIENCE_S).step(0.0)
    assert fresh(unregistered).registration_error == "Register: HTTP 200, StatusCode 7"
    assert not is_registered(fresh(unregistered))


def test_a_lost_peer_ends_the_registration_until_it_answers(peer, unregistered):
    sessions = Sessions(PATIENCE_S)
    sessions.step(0.0)
    peer.is_lost = True
    sessions.step(60.0)
    assert fresh(unregistered).registration_error == "Register: HTTP 500"
    peer.is_lost = False
    sessions.step(120.0)
    assert is_registered(fresh(unregistered))


def test_nothing_is_called_between_keep_alives(peer, unregistered):
    sessions = Sessions(PATIENCE_S)
    for now in (0.0, 1.0, 59.0, 60.0):
        sessions.step(now)
    assert peer.paths == [REGISTER, KEEP]


def test_a_pause_unregisters_and_the_queue_stays_paused(peer, unregistered):
    sessions = Sessions(PATIENCE_S)
    sessions.step(0.0)
    pausing.pause(unregistered, UserFactory(), "maintenance")
    sessions.step(1.0)
    assert peer.paths == [REGISTER, END]
    delivery = deliver(unregistered)
    assert (delivery.state, delivery.attempts.count()) == ("pending", 0)
    pausing.retry_now(unregistered)
    outbox_lanes.send_all_due("feeds")
    assert delivery.attempts.count() == 0


def test_a_registration_of_another_process_is_left_to_it(peer, endpoint):
    sessions = Sessions(PATIENCE_S)
    sessions.step(0.0)
    sessions.end()
    assert peer.paths == []
    assert is_registered(fresh(endpoint))


def test_changed_credentials_register_anew(peer, unregistered):
    sessions = Sessions(PATIENCE_S)
    sessions.step(0.0)
    unregistered.options = {**unregistered.options, "keepalive_s": 30}
    unregistered.save(update_fields=["options"])
    sessions.step(1.0)
    assert peer.paths == [REGISTER, END]
    sessions.step(3.0)
    assert peer.paths == [REGISTER, END, REGISTER]


def test_the_end_of_the_process_unregisters(peer, unregistered):
    sessions, stopping = Sessions(PATIENCE_S), threading.Event()

    def step(now):
        Sessions.step(sessions, now)
        stopping.set()

    sessions.step = step
    sessions.run(stopping)
    assert peer.paths == [REGISTER, END]
    assert not is_registered(fresh(unregistered))
    assert fresh(unregistered).registration_error == ""


def test_a_peer_that_hangs_delays_no_other_keep_alive(peer, unregistered, monkeypatch):
    # Its call is under way for the whole test, however slow the machine is.
    monkeypatch.setattr(sessions_of_peers, "_LIMITS", Limits(read_s=300.0, total_s=300.0))
    with running() as silent:
        silent.answer = lambda request: Reply(hangs=True)
        hanging = FeedEndpointFactory(
            kind="viid",
            url=silent.url(""),
            allowed_networks=["127.0.0.0/8"],
            options={"device_id": DEVICE, "org_code": ORG},
        )
        sessions = Sessions(patience_s=0.0)
        for now in (0.0, 60.0):
            expected = len(peer.paths) + 1
            sessions.step(now)
            assert eventually(lambda expected=expected: len(peer.paths) == expected)
            assert eventually(lambda: _no_call(sessions, unregistered))
        assert peer.paths == [REGISTER, KEEP]
        assert len(silent.received) == 1, "one call at a time"
        assert fresh(hanging).registered_until is None


def _no_call(sessions, endpoint):
    return sessions._kept[endpoint.pk].call is None or sessions._kept[endpoint.pk].call.done()


def test_no_call_is_made_for_a_feed_without_identifiers(peer, unregistered):
    unregistered.options = {}
    unregistered.save()
    delivery = deliver(unregistered)
    Sessions(PATIENCE_S).step(0.0)
    assert (peer.paths, delivery.attempts.get().error) == ([], "identifiers_missing")


def test_the_process_of_the_feeds_keeps_the_registrations():
    assert keep_registered in outbox_lanes._companions["feeds"]


def test_a_companion_of_a_lane_runs_until_the_lane_has_ended(monkeypatch):
    seen = []
    monkeypatch.setitem(
        outbox_lanes._companions, "feeds", [lambda stopping: seen.append(stopping.wait())]
    )
    with outbox_lanes.accompanied("feeds"):
        assert seen == []
    assert seen == [True]
