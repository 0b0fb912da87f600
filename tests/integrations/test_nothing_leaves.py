"""Without a review, no byte about an incident leaves: taps on all receivers are the witnesses."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from core import clock, outbox_lanes
from core.jobs import run_waiting
from core.notifications import channels
from core.outbox_lanes import send_all_due
from core.permissions import StandardRole
from incidents import jobs, services
from incidents.escalation.notices import notify_of
from incidents.feeds import endpoints
from incidents.feeds.delivery_topic import LANE
from incidents.feeds.jobs import warn_of_late_deliveries
from incidents.models import FeedEndpoint, Incident
from integrations.notify.push import PushChannel
from integrations.police.viid.options import store_password
from integrations.police.viid.sessions import Sessions
from people import push_subscriptions
from tests import receiver
from tests.factories import FeedEndpointFactory, MembershipFactory, SiteFactory, UserFactory
from tests.incidents.feeds.setting import officer, raised, sent
from tests.integrations.police.peer import DEVICE, ORG, Peer
from tests.mail_server import SmtpServer
from tests.push_service import PushService
from tests.tapped import Tap, tapped

pytestmark = pytest.mark.django_db
KINDS = ("webhook", "cap_atom", "viid", "email")
PLATE = "沪A12345"


class Outside:
    """A receiver of each kind of feed behind a tap, and a push service."""

    def __init__(self, stack: ExitStack, settings: object) -> None:
        self.peer = Peer()
        self.taps: dict[str, Tap] = {}
        for kind in ("webhook", "cap_atom", "viid"):
            running = stack.enter_context(receiver.running())
            if kind == "viid":
                running.answer = self.peer.answer
            self.taps[kind] = stack.enter_context(tapped(running.port))
        self.mail = stack.enter_context(SmtpServer())
        self.taps["email"] = stack.enter_context(tapped(self.mail.port))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.taps["email"].port
        self.push = stack.enter_context(PushService())

    def feed(self, site: object, kind: str) -> FeedEndpoint:
        url = f"http://127.0.0.1:{self.taps[kind].port}"
        made: FeedEndpoint = FeedEndpointFactory(
            site=site,
            kind=kind,
            url="duty@police.example" if kind == "email" else url,
            allowed_networks=["127.0.0.0/8"],
        )
        if kind == "viid":
            made.options = {"device_id": DEVICE, "org_code": ORG, "user": "gatehouse"}
            store_password(made, "password", self.peer.password)
            made.save()
        elif kind == "webhook":
            endpoints.renew_credentials(made, UserFactory())
        return made

    def said(self) -> bytes:
        """Everything that was sent to any receiver."""
        return b"".join(bytes(tap.sent) for tap in self.taps.values())


@pytest.fixture
def outside(settings, monkeypatch) -> Iterator[Outside]:
    settings.OUTGOING_PLAIN_HTTP = True
    with ExitStack() as stack:
        made = Outside(stack, settings)
        monkeypatch.setattr(channels, "_channels", {"push": PushChannel(made.push.client)})
        yield made


def everything_runs(sessions: Sessions, at: float) -> None:
    """Everything that works without a person: jobs, registrations, both lanes."""
    run_waiting()
    jobs.renew_alerts()
    warn_of_late_deliveries()
    sessions.step(at)
    for lane in (LANE, channels.LANE):
        send_all_due(lane)


def test_without_a_review_no_byte_about_an_incident_leaves(outside, monkeypatch):
    site = SiteFactory(name="Harbour Park")
    feeds = {kind: outside.feed(site, kind) for kind in KINDS}
    actor = officer(site)
    guard = MembershipFactory(site=site, role=StandardRole.GUARD).user
    browser = outside.push.browser()
    push_subscriptions.subscribe(
        guard, endpoint=browser.endpoint, **browser.keys, browser="Firefox on Linux"
    )
    sessions = Sessions(patience_s=30.0)
    incident = raised(site, plate=PLATE, severity="extreme")
    notify_of(incident, [guard], urgent=True)
    everything_runs(sessions, 0.0)
    services.acknowledge(incident, actor)
    services.comment(incident, actor, "Two people beside the car.")
    later = clock.now() + timedelta(hours=23)
    monkeypatch.setattr(clock, "now", lambda: later)
    everything_runs(sessions, 60.0)
    services.review(incident, actor, confirmed=True, reason="seen on the camera")
    everything_runs(sessions, 120.0)

    assert {kind: outside.taps[kind].connections for kind in KINDS} == {
        "webhook": 0,
        "cap_atom": 0,
        "email": 0,
        "viid": outside.taps["viid"].connections,
    }
    assert len(outside.peer.paths) == 3
    assert all(path.startswith("/VIID/System/") for path in outside.peer.paths)
    bodies = [json.loads(each.body) for each in outside.peer.calls]
    assert all(list(each.values()) == [{"DeviceID": DEVICE}] for each in bodies)
    said = outside.said()
    for word in (PLATE, PLATE[1:], "Harbour", site.slug, "plate_watchlist", "extreme", "camera"):
        assert word.encode() not in said
        assert json.dumps(word)[1:-1].encode() not in said
    assert outside.push.received, "the guard was notified"
    for each in outside.push.received:
        assert browser.decrypt(each.body) == {"text": "An incident is waiting"}
        assert "Harbour" not in json.dumps(each.headers)

    sent(Incident.objects.get(pk=incident.pk), actor)
    assert outside.said() == said, "a person has decided, and nothing is sent inside that request"
    outbox_lanes.send_all_due(LANE)
    states = {kind: feed.deliveries.get().state for kind, feed in feeds.items()}
    assert states == dict.fromkeys(KINDS, "delivered")
    assert all(outside.taps[kind].connections for kind in KINDS)
