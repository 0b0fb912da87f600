"""Notifications by mail, by text message and by push, sent to servers of the tests."""

import base64
import json
import threading
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from config import service_checks
from core import installation
from core.guarded_http import GuardedHttp
from core.models import NotificationDelivery, OutboxMessage, Site, User
from core.notifications import channels, notify
from core.notifications.channels import LANE
from core.notifications.kinds import NoticeKind
from core.notifications.slots import Slots
from core.outbox import NotYet
from core.outbox_lanes import LEASE, send_all_due
from integrations.notify import push, vapid
from integrations.notify.notifications import MailChannel, SmsChannel
from integrations.notify.push import PushChannel
from people import push_subscriptions
from people.accounts import ports
from people.models import NotificationSettings, PushSubscription
from tests.factories import MembershipFactory, SiteFactory
from tests.mail_server import SmtpServer
from tests.notices import declare_kind, leak
from tests.push_service import Browser, PushService

pytestmark = pytest.mark.django_db
ALARM = NoticeKind(
    "smoke_of_tests", "Alarms", texts={"raised": "Smoke at %(place)s"}, is_incident=True
)


@pytest.fixture(autouse=True)
def kinds() -> None:
    declare_kind()
    declare_kind(ALARM)


@pytest.fixture
def site() -> Site:
    return SiteFactory(name="Harbour Park")


@pytest.fixture
def guard(site: Site) -> User:
    return MembershipFactory(site=site, user__email="guard@example.com", user__language="en").user


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> dict[str, channels.Channel]:
    """The channels that are wired."""
    wired: dict[str, channels.Channel] = {}
    monkeypatch.setattr(channels, "_channels", wired)
    return wired


@pytest.fixture
def service(only: dict[str, channels.Channel]) -> Iterator[PushService]:
    """A push service; the push channel trusts its certificate."""
    with PushService() as running:
        only["push"] = PushChannel(running.client)
        yield running


def add(user: User, browser: Browser) -> PushSubscription:
    return push_subscriptions.subscribe(
        user, endpoint=browser.endpoint, **browser.keys, browser="Firefox on Linux"
    )


def send() -> None:
    OutboxMessage.objects.filter(sent_at=None).update(next_attempt_at="2020-01-01T00:00Z")
    send_all_due(LANE)


def state() -> tuple[str, str]:
    row = NotificationDelivery.objects.exclude(channel="bell").get()
    return row.state, row.error


def test_a_mail_has_the_title_the_text_the_site_and_the_page(
    site: Site, guard: User, only: dict[str, channels.Channel], mailoutbox: list
) -> None:
    only["mail"] = MailChannel()
    notify(leak(site, guard, text="hint"))
    send()
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["guard@example.com"], "Leak at the pump room")
    for words in ("Close the valve.", "Harbour Park", "/s/park/leaks/1/"):
        assert words in mail.body


def test_an_address_that_the_server_refuses_for_good_is_not_tried_again(
    site: Site, guard: User, only: dict[str, channels.Channel], settings
) -> None:
    only["mail"] = MailChannel()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with SmtpServer() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        server.refuses = True
        notify(leak(site, guard))
        send()
    assert state() == ("failed", "refused")


def test_a_text_message_has_the_title_and_the_page(
    site: Site, guard: User, only: dict[str, channels.Channel]
) -> None:
    class Sender:
        sent: list[tuple[str, str]] = []

        def send(self, key: str, phone: str, text: str) -> None:
            self.sent.append((phone, text))

    only["sms"] = SmsChannel()
    assert not channels.reaches("sms", guard)
    NotificationSettings.objects.create(user=guard, phone="+86 138 0000 1234")
    ports.use_sms(Sender())
    try:
        notify(leak(site, guard, channels=frozenset({"sms"})))
        send()
    finally:
        ports.use_sms(None)
    ((phone, text),) = Sender.sent
    assert phone == "+86 138 0000 1234"
    assert text.startswith("Leak at the pump room http")
    assert text.endswith("/s/park/leaks/1/")


def test_a_push_message_says_that_an_incident_waits_and_nothing_else(
    site: Site, guard: User, service: PushService
) -> None:
    browser, other = service.browser(), service.browser("two")
    add(guard, browser)
    add(guard, other)
    notify(leak(site, guard, kind=ALARM.code))
    send()
    # Browsers are sent to at once, so any of them may be the first.
    received = {each.path: each for each in service.received}
    assert len(service.received) == len(received) == 2
    for each, path in ((browser, "/push/one"), (other, "/push/two")):
        assert each.decrypt(received[path].body) == {"text": "An incident is waiting"}
        assert "Harbour" not in json.dumps(received[path].headers)
    assert state() == ("sent", "")
    assert PushSubscription.objects.filter(used_at=None).count() == 0


def test_a_push_message_is_signed_for_the_service_by_the_installation(
    site: Site, guard: User, service: PushService
) -> None:
    add(guard, service.browser())
    notify(leak(site, guard, urgent=True, channels=frozenset({"push"})))
    send()
    (got,) = service.received
    token, key = got.headers["Authorization"].removeprefix("vapid t=").split(",k=")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert key == vapid.public_key()
    assert service.browser().endpoint.startswith(claims["aud"])
    assert claims["sub"].startswith(("mailto:", "https:"))
    assert got.headers["Urgency"] == "high"


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_removed(
    site: Site, guard: User, service: PushService, status: int
) -> None:
    add(guard, service.browser("gone"))
    service.answers["/push/gone"] = status
    notify(leak(site, guard, channels=frozenset({"push"})))
    send()
    assert state() == ("failed", "no_address")
    assert not PushSubscription.objects.exists()


def test_one_browser_is_enough_and_the_problem_of_another_is_on_the_health_page(
    site: Site, guard: User, service: PushService
) -> None:
    add(guard, service.browser("busy"))
    add(guard, service.browser())
    service.answers["/push/busy"] = 503
    notify(leak(site, guard, channels=frozenset({"push"})))
    send()
    assert (state(), len(service.received)) == (("sent", ""), 1)
    found = service_checks.push_messages()
    assert not found.ok
    assert "127.0.0.1: 503" in found.text


def test_a_service_that_is_busy_is_tried_again_and_one_that_refuses_is_not(
    site: Site, guard: User, service: PushService
) -> None:
    add(guard, service.browser())
    service.answers["/push/one"] = 429
    notify(leak(site, guard, channels=frozenset({"push"})))
    send()
    assert state() == ("pending", "127.0.0.1: 429")
    service.answers["/push/one"] = 403
    send()
    assert state() == ("failed", "refused")


def test_no_request_is_sent_to_an_address_in_a_private_network(
    site: Site, guard: User, service: PushService, only: dict[str, channels.Channel]
) -> None:
    only["push"] = PushChannel(GuardedHttp)
    add(guard, service.browser())
    notify(leak(site, guard, channels=frozenset({"push"})))
    send()
    assert (state()[0], service.received) == ("failed", [])
    assert GuardedHttp([ip_network("127.0.0.0/8")]).check(service.browser().endpoint)


def test_the_key_is_generated_once_and_stored_encrypted(settings) -> None:
    first = vapid.vapid_key()
    assert vapid.vapid_key() == first
    stored = installation.load("push")
    assert dict(stored.values) == {"public_key": first.public}
    settings.MASTER_KEY = "cd" * 32
    assert (vapid.vapid_key(), vapid.public_key()) == (None, "")
    assert not service_checks.push_messages().ok


def test_all_browsers_of_a_person_are_sent_to_at_once(
    site: Site, guard: User, service: PushService
) -> None:
    paths = [f"/push/{n}" for n in range(5)]
    service.hangs.update(paths)
    for n in range(5):
        add(guard, service.browser(str(n)))
    notify(leak(site, guard, channels=frozenset({"push"})))
    sending = threading.Thread(target=release_when, args=(service, len(paths)))
    sending.start()
    send()
    sending.join()
    assert sorted(each.path for each in service.received) == paths
    assert state() == ("sent", "")


def release_when(service: PushService, count: int) -> None:
    """Let a service answer once so many requests wait for it at the same time."""
    for _ in range(count):
        service.waiting.acquire()
    service.release()


def test_a_service_whose_slots_are_taken_postpones_and_others_are_sent(
    site: Site, guard: User, only: dict[str, channels.Channel]
) -> None:
    other = MembershipFactory(site=site).user
    slots = Slots(most=1)
    with PushService() as service:
        only["push"] = PushChannel(service.client, slots)
        add(guard, service.browser())
        add(other, service.browser("two"))
        notify(leak(site, guard, other, channels=frozenset({"push"})))
        with slots.taken("127.0.0.1"):
            send()
        assert service.received == []
        waiting = OutboxMessage.objects.filter(sent_at=None)
        assert set(waiting.values_list("attempts", "last_error")) == {(0, "")}
        send()
    assert len(service.received) == 2


def test_a_slot_is_of_one_server() -> None:
    slots = Slots(most=1)
    with slots.taken("one"), slots.taken("two"), pytest.raises(NotYet), slots.taken("one"):
        pass
    with slots.taken("one"):
        pass


def test_a_push_message_takes_less_time_than_its_lease() -> None:
    assert 2 * push.LIMITS.total_s < LEASE.total_seconds()
