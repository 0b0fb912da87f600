"""The pages of feeds: each kind, its errors, its queue, its secrets, and what was rejected."""

from datetime import timedelta

import pytest

from core import clock, outbox_lanes
from core.models import AuditEntry, OutboxMessage, PausedReceiver
from core.permissions import StandardRole
from incidents.feeds import credentials, ports
from incidents.feeds.ports import Answer, Outcome
from incidents.models import FeedEndpoint
from tests.browsers import hire, signed_in, text
from tests.factories import UserFactory, WebhookEndpointFactory
from tests.incidents.feeds.setting import FakeSender, confirmed, officer, sent

pytestmark = pytest.mark.django_db
REFUSED = Answer(Outcome.REJECTED, 400, "HTTP 400", "no such plate")
OK = Answer(Outcome.DELIVERED, 204)
URLS = {
    "webhook": "https://police.example/hook",
    "cap_atom": "",
    "viid": "https://police.example",
    "email": "duty@police.example",
    "liaison": "",
}
# The fields of each kind, beside those of every kind.
USED = {
    "webhook": {"url", "ca_pem"},
    "cap_atom": {"url", "ca_pem"},
    "viid": {"url", "ca_pem"},
    "email": {"url", "language"},
    "liaison": set(),
}
EVERY = {"kind", "name", "legal_basis", "valid_until", "min_severity", "event_types", "exercise"}
EVERY |= {"revision"}


@pytest.fixture
def person(here):
    return hire(here.site, StandardRole.MANAGER)


@pytest.fixture
def manager(person):
    return signed_in(person)


@pytest.fixture
def other(here):
    """The browser of a second manager."""
    return signed_in(hire(here.site, StandardRole.MANAGER))


@pytest.fixture
def sender(monkeypatch):
    fake = FakeSender()
    monkeypatch.setattr(ports, "_senders", {"webhook": fake})
    return fake


@pytest.fixture
def feed(here):
    until = (clock.now() + timedelta(days=90)).replace(second=0, microsecond=0)
    return WebhookEndpointFactory(site=here.site, name="Station 7", valid_until=until)


@pytest.fixture
def dispatched(here, feed, sender):
    """Three incidents that were sent to the feed; the first one was rejected."""
    actor = officer(here.site)
    sender.answers = [REFUSED, OK]
    for number in range(3):
        sent(confirmed(here.site, actor, plate=f"沪A0000{number}"), actor)
    outbox_lanes.send_all_due("feeds")
    return list(feed.deliveries.order_by("seq"))


def entered(here, kind="webhook", **changed):
    until = clock.local(clock.now() + timedelta(days=90), here.site.timezone)
    values = {
        "name": "District police",
        "kind": kind,
        "url": URLS[kind],
        "legal_basis": "Agreement 2026-7",
        "valid_until": until.strftime("%Y-%m-%dT%H:%M"),
        "min_severity": "moderate",
        "event_types": ["intrusion"],
        "language": "en",
        "ca_pem": "",
    }
    return {**values, **changed}


@pytest.mark.parametrize("kind", URLS)
def test_a_feed_of_each_kind_is_added_and_waits_for_another_person(
    here, manager, other, person, kind
):
    added = text(manager.post(here.url("add_feed"), entered(here, kind)))
    feed = FeedEndpoint.objects.get(name="District police")
    assert (feed.kind, feed.url, feed.event_types) == (kind, URLS[kind], ["intrusion"])
    assert (feed.created_by, feed.approved_by) == (person, None)
    assert feed.public_id in added
    for mark in ("whsec_", "whpk_"):
        assert (mark in added) == (kind == "webhook"), "only what the kind uses is shown"
    assert ("whpk_" in text(manager.get(here.url("feed", feed.pk)))) == (kind == "webhook")
    assert "waits for approval" in text(manager.get(here.url("feeds")))
    own = manager.post(here.url("approve_feed", feed.pk))
    assert own.status_code == 422
    assert other.post(here.url("approve_feed", feed.pk)).status_code == 204
    assert "waits for approval" not in text(manager.get(here.url("feed", feed.pk)))


def test_the_secrets_are_shown_once(here, manager):
    added = text(manager.post(here.url("add_feed"), entered(here)))
    feed = FeedEndpoint.objects.get(name="District police")
    (secret,) = credentials.signing_secrets(feed)
    assert secret in added
    for address in (here.url("feed", feed.pk), here.url("change_feed", feed.pk)):
        assert "whsec_" not in text(manager.get(address))
    assert secret not in str(AuditEntry.objects.get(action="add feed").detail)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("webhook", "url", "http://police.example/hook"),
        ("webhook", "url", "https://user:secret@police.example/"),
        ("webhook", "url", "https://0x7f.1/"),
        ("webhook", "url", ""),
        ("email", "url", "police.example"),
        ("viid", "url", "police"),
        ("webhook", "name", ""),
        ("webhook", "name", "Station 7"),
        ("webhook", "legal_basis", " "),
        ("webhook", "valid_until", "2020-01-01T00:00"),
        ("webhook", "valid_until", "2031-01-01T00:00"),
        ("webhook", "event_types", ["device_offline"]),
        ("webhook", "ca_pem", "no certificate"),
        ("webhook", "min_severity", "bad"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(here, manager, feed, kind, field, value):
    before = FeedEndpoint.objects.count()
    answer = manager.post(here.url("add_feed"), entered(here, kind, **{field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert FeedEndpoint.objects.count() == before


def test_a_changed_address_waits_for_approval_and_a_changed_name_does_not(here, manager, feed):
    form = manager.get(here.url("change_feed", feed.pk)).context["form"]
    same = {"name": "Station 7a", "url": feed.url, "revision": form.initial["revision"]}
    same |= {"min_severity": feed.min_severity, "event_types": []}
    until = clock.local(feed.valid_until, here.site.timezone).strftime("%Y-%m-%dT%H:%M")
    same |= {"legal_basis": feed.legal_basis, "valid_until": until}
    assert manager.post(here.url("change_feed", feed.pk), entered(here, **same)).status_code == 204
    feed.refresh_from_db()
    assert (feed.name, feed.approved_by is None) == ("Station 7a", False)
    stale = manager.post(here.url("change_feed", feed.pk), entered(here, **same))
    assert stale.status_code == 422, "it was changed meanwhile"
    form = manager.get(here.url("change_feed", feed.pk)).context["form"]
    moved = {**same, "url": "https://new.example/hook", "revision": form.initial["revision"]}
    manager.post(here.url("change_feed", feed.pk), entered(here, **moved))
    feed.refresh_from_db()
    assert (feed.url, feed.approved_by) == ("https://new.example/hook", None)
    assert PausedReceiver.objects.filter(receiver=f"feed:{feed.pk}").exists()


@pytest.mark.parametrize("kind", URLS)
def test_the_kind_of_a_feed_is_fixed_and_only_its_fields_are_changed(here, manager, kind):
    manager.post(here.url("add_feed"), entered(here, kind))
    feed = FeedEndpoint.objects.get(name="District police")
    address = here.url("change_feed", feed.pk)
    form = manager.get(address).context["form"]
    assert form.fields["kind"].disabled
    assert set(form.fields) - EVERY == USED[kind]
    other = entered(here, "webhook" if kind == "email" else "email", name="Moved")
    posted = {**other, "url": URLS[kind], "revision": form.initial["revision"]}
    assert manager.post(address, posted).status_code == 204
    feed.refresh_from_db()
    assert (feed.name, feed.kind, feed.url) == ("Moved", kind, URLS[kind])


def test_before_a_kind_is_chosen_a_feed_has_no_other_field(here, manager):
    shown = manager.get(here.url("add_feed")).context["form"]
    assert list(shown.fields) == ["kind"]
    answer = manager.post(here.url("add_feed"), {})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["kind"])


@pytest.mark.parametrize("kind", URLS)
def test_a_chosen_kind_shows_only_its_fields_with_what_was_entered(here, manager, kind):
    typed = entered(here, kind, exercise="on", do="fields")
    answer = manager.post(here.url("add_feed"), typed)
    assert answer.status_code == 200
    form = answer.context["form"]
    assert not form.errors, "nothing is complained of before it is sent"
    assert set(form.fields) - EVERY == USED[kind]
    shown = {name: form[name].value() for name in form.fields}
    assert shown | {"exercise": True} == shown
    for name in {"name", "legal_basis", "valid_until", "event_types", *USED[kind]}:
        assert shown[name] == typed[name]
    if "url" in USED[kind]:
        assert form.fields["url"].required == (kind != "cap_atom")
    assert not FeedEndpoint.objects.filter(name="District police").exists()


def test_a_box_that_was_cleared_stays_clear_when_another_kind_is_chosen(here, manager):
    typed = entered(here, "email", event_types=[], do="fields")
    form = manager.post(here.url("add_feed"), typed).context["form"]
    assert (form["exercise"].value(), form["event_types"].value()) == (False, [])


def test_a_feed_is_paused_with_a_reason_and_resumed(here, manager, feed, sender):
    assert manager.post(here.url("pause_feed", feed.pk), {"reason": " "}).status_code == 422
    reason = {"reason": "their system is replaced"}
    assert manager.post(here.url("pause_feed", feed.pk), reason).status_code == 204
    page = text(manager.get(here.url("feed", feed.pk)))
    assert "their system is replaced" in page
    actor = officer(here.site)
    sent(confirmed(here.site, actor), actor)
    outbox_lanes.send_all_due("feeds")
    assert sender.sent == []
    assert "1 message" in text(manager.get(here.url("feeds")))
    assert manager.post(here.url("resume_feed", feed.pk)).status_code == 204
    outbox_lanes.send_all_due("feeds")
    assert len(sender.sent) == 1
    assert (
        "their system is replaced"
        not in text(manager.get(here.url("feed", feed.pk))).split("history")[0]
    )


def test_a_feed_that_does_not_answer_shows_when_it_is_tried_next(here, manager, feed, sender):
    sender.answers = [Answer(Outcome.HOLD, 503, "HTTP 503")]
    actor = officer(here.site)
    for number in range(2):
        sent(confirmed(here.site, actor, plate=f"沪A0000{number}"), actor)
    outbox_lanes.send_all_due("feeds")
    page = text(manager.get(here.url("feed", feed.pk)))
    assert "not answering" in page
    assert "One message tries first" in page
    assert "Next attempt:" in page
    manager.post(here.url("pause_feed", feed.pk), {"reason": "their system is replaced"})
    manager.post(here.url("resume_feed", feed.pk))
    assert "trying again" in text(manager.get(here.url("feeds")))
    sender.answers = [OK]
    outbox_lanes.send_all_due("feeds")
    assert "One message tries first" not in text(manager.get(here.url("feed", feed.pk)))


def test_a_rejected_message_is_shown_with_the_answer_and_sent_again(
    here, manager, feed, dispatched, sender
):
    assert "1 rejected" in text(manager.get(here.url("feeds")))
    page = text(manager.get(here.url("feed_delivery", feed.pk, 1)))
    assert "HTTP 400" in page
    assert "no such plate" in page
    assert text(manager.get(here.url("replay_feed", feed.pk) + "?seq=1")).count('value="1"') == 2
    sender.answers = [OK]
    answer = manager.post(here.url("replay_feed", feed.pk), {"first": "1", "last": "1"})
    assert answer.status_code == 204
    outbox_lanes.send_all_due("feeds")
    assert [seq for _name, seq in sender.sent] == [1, 2, 3, 1]
    assert "rejected" not in text(manager.get(here.url("feeds")))
    assert "by a person" in text(manager.get(here.url("feed_delivery", feed.pk, 1)))


def test_a_range_is_sent_again_in_its_order(here, manager, feed, dispatched, sender):
    manager.post(here.url("replay_feed", feed.pk), {"first": "1", "last": "3"})
    outbox_lanes.send_all_due("feeds")
    assert [seq for _name, seq in sender.sent] == [1, 2, 3, 1, 2, 3]
    for first, last in (("3", "1"), ("8", "9"), ("x", "1")):
        posted = {"first": first, "last": last}
        answer = manager.post(here.url("replay_feed", feed.pk), posted)
        assert answer.status_code == 422
        assert {"first", "last"} & set(answer.context["form"].errors)


def test_secret_and_token_are_replaced_with_an_overlap(here, manager, feed):
    first = text(manager.post(here.url("renew_feed_secrets", feed.pk)))
    feed.refresh_from_db()
    (old,) = credentials.signing_secrets(feed)
    second = text(manager.post(here.url("renew_feed_secrets", feed.pk)))
    feed.refresh_from_db()
    new, previous = credentials.signing_secrets(feed)
    assert (old in first, new in second, previous) == (True, True, old)
    page = text(manager.get(here.url("feed", feed.pk)))
    assert "Replaced secret" in page
    public, replaced = credentials.public_keys(feed)
    assert (public in second, public in page, replaced in page) == (True, True, True)


def test_a_test_message_is_sent_to_an_approved_feed_only(here, manager, feed, sender):
    assert manager.post(here.url("test_feed", feed.pk)).status_code == 204
    outbox_lanes.send_all_due("feeds")
    assert sender.sent == [("Station 7", 1)]
    FeedEndpoint.objects.filter(pk=feed.pk).update(approved_by=None)
    assert manager.post(here.url("test_feed", feed.pk)).status_code == 422
    assert OutboxMessage.objects.filter(topic="feed.delivery").count() == 1


def test_networks_are_for_administrators(here, manager, feed):
    networks = {"networks": "10.40.0.0/16"}
    refused = manager.post(here.url("feed_networks", feed.pk), networks)
    assert "networks" in refused.context["form"].errors
    root = signed_in(UserFactory(is_superuser=True))
    for wrong in ("10.40.0.1/16", "169.254.0.0/16", "police"):
        answer = root.post(here.url("feed_networks", feed.pk), {"networks": wrong})
        assert "networks" in answer.context["form"].errors
    assert root.post(here.url("feed_networks", feed.pk), networks).status_code == 204
    assert "10.40.0.0/16" in text(manager.get(here.url("feed", feed.pk)))
    assert AuditEntry.objects.filter(action="allow networks of feed").exists()


@pytest.mark.parametrize("role", [StandardRole.GUARD, StandardRole.FINANCE])
def test_others_see_no_feeds(here, feed, role):
    browser = signed_in(hire(here.site, role))
    for address in (here.url("feeds"), here.url("feed", feed.pk)):
        assert browser.get(address).status_code == 403


def test_a_feed_of_another_site_is_not_found(here, manager):
    elsewhere = WebhookEndpointFactory()
    for name in ("feed", "change_feed", "pause_feed", "replay_feed", "feed_networks"):
        assert manager.get(here.url(name, elsewhere.pk)).status_code == 404
