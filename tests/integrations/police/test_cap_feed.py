"""What receivers fetch: the index of alerts, one alert, and all messages after a cursor."""

import base64
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from core.models import AuditEntry
from incidents import services
from incidents.feeds import credentials
from incidents.feeds.dispatch import send_test
from incidents.feeds.endpoints import EndpointValues, change_endpoint
from incidents.models import Delivery, FeedMessage, Incident
from integrations.feed_api import access
from integrations.police.cap.parsing import parse
from integrations.police.cap.times import parse_time
from tests.factories import FeedEndpointFactory, SiteFactory
from tests.incidents.feeds.setting import confirmed, officer, sent

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom", "cap": "urn:oasis:names:tc:emergency:cap:1.2"}


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def actor(site):
    return officer(site)


class Feed:
    """A receiver with the token of an endpoint."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.token = credentials.renew(endpoint).token
        endpoint.save()
        self.client = Client()

    def get(self, name, *args, token=None, feed=None, query=None, **headers):
        address = reverse(name, args=[feed or self.endpoint.public_id, *args])
        bearer = self.token if token is None else token
        headers = {"authorization": f"Bearer {bearer}", **headers}
        return self.client.get(address, query or {}, headers=headers)

    def index(self, **headers):
        return parse(self.get("feed_atom", **headers).content)


@pytest.fixture
def feed(site):
    return Feed(FeedEndpointFactory(site=site, kind="cap_atom", name="District police"))


def entries(root):
    return root.findall("a:entry", ATOM)


def texts(root, *paths):
    return [root.findtext(each, namespaces=ATOM) for each in paths]


def test_an_empty_index_is_valid_atom(feed):
    answer = feed.get("feed_atom")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml"
    root = parse(answer.content)
    assert root.findtext("a:title", namespaces=ATOM) == "District police"
    assert parse_time(root.findtext("a:updated", namespaces=ATOM))
    assert entries(root) == []
    assert not answer.cookies


def test_the_index_has_the_elements_of_cap_and_a_typed_link_to_each_alert(feed, site, actor):
    sent(confirmed(site, actor), actor)
    (entry,) = entries(feed.index())
    link = entry.find("a:link", ATOM)
    assert (link.get("rel"), link.get("type")) == ("alternate", "application/cap+xml")
    assert texts(entry, "cap:status", "cap:msgType", "cap:severity") == [
        "Actual",
        "Alert",
        "Severe",
    ]
    for name in ("event", "effective", "expires", "category", "urgency", "certainty", "areaDesc"):
        assert entry.findtext(f"cap:{name}", namespaces=ATOM)
    assert entry.findtext("cap:parameter/cap:valueName", namespaces=ATOM) == "message"
    path = link.get("href").partition("/api/")[2]
    answer = feed.client.get(f"/api/{path}", headers={"authorization": f"Bearer {feed.token}"})
    assert answer["Content-Type"] == "application/cap+xml"
    assert answer.content == bytes(Delivery.objects.get().body)


def test_the_index_has_what_is_in_force_and_all_of_the_last_day(feed, site, actor):
    open_, closed = confirmed(site, actor), confirmed(site, actor)
    for incident in (open_, closed):
        sent(incident, actor)
        sent(incident, actor, "update")
    services.close(Incident.objects.get(pk=closed.pk), actor, "over")
    assert len(entries(feed.index())) == 4
    FeedMessage.objects.update(created_at=clock.now() - timedelta(hours=25))
    (entry,) = entries(feed.index())
    assert entry.findtext("cap:msgType", namespaces=ATOM) == "Update"
    assert str(Delivery.objects.filter(message__incident=open_).latest("seq").message) in (
        entry.findtext("a:id", namespaces=ATOM)
    )


def test_an_unchanged_index_is_not_sent_again(feed, site, actor):
    first = feed.get("feed_atom")
    same = feed.get("feed_atom", **{"if-none-match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert feed.get("feed_atom", **{"if-modified-since": first["Last-Modified"]}).status_code == 304
    sent(confirmed(site, actor), actor)
    assert feed.get("feed_atom", **{"if-none-match": first["ETag"]}).status_code == 200


def test_an_index_that_an_ended_incident_has_left_is_sent_again(feed, site, actor, monkeypatch):
    incident = confirmed(site, actor)
    sent(incident, actor)
    begin = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begin + timedelta(hours=30))
    since = feed.get("feed_atom")["Last-Modified"]
    monkeypatch.setattr(clock, "now", lambda: begin + timedelta(hours=40))
    assert feed.get("feed_atom", **{"if-modified-since": since}).status_code == 304
    services.close(Incident.objects.get(pk=incident.pk), actor, "over")
    answer = feed.get("feed_atom", **{"if-modified-since": since})
    assert (answer.status_code, entries(parse(answer.content))) == (200, [])


def test_an_index_that_an_old_alert_has_left_is_sent_again(feed, site, actor, monkeypatch):
    incident = confirmed(site, actor)
    sent(incident, actor)
    services.close(Incident.objects.get(pk=incident.pk), actor, "over")
    since = feed.get("feed_atom")["Last-Modified"]
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = feed.get("feed_atom", **{"if-modified-since": since})
    assert (answer.status_code, entries(parse(answer.content))) == (200, [])


def test_an_index_of_another_name_is_sent_again(feed, site, actor, monkeypatch):
    sent(confirmed(site, actor), actor)
    since = feed.get("feed_atom")["Last-Modified"]
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    values = {name: getattr(feed.endpoint, name) for name in EndpointValues.__dataclass_fields__}
    change_endpoint(feed.endpoint, actor, EndpointValues(**{**values, "min_severity": "minor"}))
    assert feed.get("feed_atom", **{"if-modified-since": since}).status_code == 304
    change_endpoint(feed.endpoint, actor, EndpointValues(**{**values, "name": "County police"}))
    answer = feed.get("feed_atom", **{"if-modified-since": since})
    assert answer.status_code == 200
    assert "County police" in answer.content.decode()


def test_the_list_and_the_body_name_one_type(site, actor):
    early = Feed(FeedEndpointFactory(site=site, kind="cap_atom", name="Early"))
    late = Feed(
        FeedEndpointFactory(site=site, kind="cap_atom", name="Late", min_severity="extreme")
    )
    incident = confirmed(site, actor)
    sent(incident, actor)
    Incident.objects.update(severity="extreme")
    for _time in range(2):
        sent(incident, actor, "update")
    for feed, expected in ((early, ["alert", "update", "update"]), (late, ["alert", "update"])):
        found = feed.get("feed_messages").json()["messages"]
        assert [each["type"] for each in found] == expected
        bodies = [parse(base64.b64decode(each["body"])) for each in found]
        assert [
            each.findtext("cap:msgType", namespaces=ATOM).lower() for each in bodies
        ] == expected


def test_the_index_belongs_to_feeds_of_cap(site):
    hook = Feed(FeedEndpointFactory(site=site, kind="webhook", url="https://feed.example"))
    assert hook.get("feed_atom").status_code == 404
    assert hook.get("feed_messages").status_code == 200


def test_every_dispatched_message_is_readable_after_a_cursor(feed, site, actor):
    incident = confirmed(site, actor)
    for type_ in ("alert", "update", "cancel"):
        sent(incident, actor, type_)
    page = feed.get("feed_messages").json()
    assert [each["seq"] for each in page["messages"]] == [1, 2, 3]
    assert (page["next"], page["more"]) == ("3", False)
    rest = feed.get("feed_messages", query={"after": "2"}).json()
    (last,) = rest["messages"]
    body = base64.b64decode(last["body"])
    assert parse(body).findtext("cap:msgType", namespaces=ATOM) == "Cancel"
    assert feed.get("feed_messages", query={"after": "3"}).json() == {
        "messages": [],
        "next": "3",
        "more": False,
    }


def test_messages_that_push_could_not_deliver_are_read_too(site, actor):
    hook = Feed(FeedEndpointFactory(site=site, kind="webhook", url="https://feed.example"))
    sent(confirmed(site, actor), actor)
    assert Delivery.objects.get().state == "pending"
    (found,) = hook.get("feed_messages").json()["messages"]
    assert found["delivered_at"] is None
    assert base64.b64decode(found["body"]) == bytes(Delivery.objects.get().body)


def test_pages_of_messages_follow_each_other_without_a_gap(feed, actor, monkeypatch):
    monkeypatch.setattr("integrations.feed_api.views.PAGE", 2)
    for _ in range(5):
        send_test(feed.endpoint, officer(feed.endpoint.site))
    found, cursor, more = [], "0", True
    while more:
        page = feed.get("feed_messages", query={"after": cursor}).json()
        found += [each["seq"] for each in page["messages"]]
        cursor, more = page["next"], page["more"]
    assert found == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("cursor", ["-1", "x", "²", "9" * 50, "1.5", "\x00"])
def test_a_malformed_cursor_is_refused(feed, cursor):
    answer = feed.get("feed_messages", query={"after": cursor})
    assert (answer.status_code, answer.json()) == (400, {"code": "invalid_cursor"})


def test_a_message_past_its_retention_is_gone(feed, site, actor):
    message = sent(confirmed(site, actor), actor)
    Delivery.objects.update(body=b"")
    assert feed.get("feed_message", message.public_id).status_code == 410
    assert entries(feed.index()) == []


@pytest.mark.parametrize("name", ["feed_messages", "feed_atom"])
def test_a_wrong_token_another_feeds_and_an_unknown_feed_are_answered_alike(feed, site, name):
    other = Feed(FeedEndpointFactory(site=site, kind="cap_atom"))
    answers = [
        feed.get(name, token=""),
        feed.get(name, token="wrong"),
        feed.get(name, token=other.token),
        feed.get(name, feed="unknown"),
    ]
    assert {each.status_code for each in answers} == {401}
    assert len({each.content for each in answers}) == 1
    assert {each["WWW-Authenticate"] for each in answers} == {"Bearer"}


def test_a_message_of_another_feed_is_not_found(feed, site, actor):
    other = Feed(FeedEndpointFactory(site=site, kind="webhook", url="https://feed.example"))
    other.endpoint.event_types = ["sos"]
    other.endpoint.save()
    message = sent(confirmed(site, actor), actor)
    assert feed.get("feed_message", message.public_id).status_code == 200
    assert other.get("feed_message", message.public_id).status_code == 404


def test_a_replaced_token_is_valid_for_a_while(feed):
    old = feed.token
    feed.token = credentials.renew(feed.endpoint).token
    feed.endpoint.save()
    assert feed.get("feed_messages", token=old).status_code == 200
    assert feed.get("feed_messages").status_code == 200
    feed.endpoint.previous_secret_until = clock.now()
    feed.endpoint.save()
    assert feed.get("feed_messages", token=old).status_code == 401


def test_an_expired_or_unapproved_feed_is_closed(feed):
    feed.endpoint.valid_until = clock.now()
    feed.endpoint.save()
    assert feed.get("feed_messages").status_code == 401


def test_only_reading_is_possible_and_no_cookie_is_accepted_for_it(feed):
    address = reverse("feed_messages", args=[feed.endpoint.public_id])
    headers = {"authorization": f"Bearer {feed.token}"}
    assert feed.client.post(address, headers=headers).status_code == 405
    feed.client.force_login(officer(feed.endpoint.site))
    assert feed.client.get(address).status_code == 401


def test_too_many_refusals_and_too_many_requests_have_to_wait(feed, monkeypatch):
    monkeypatch.setattr(access, "_REFUSALS", access.Limit("r", 2, 60, 60, 3600))
    monkeypatch.setattr(access, "_REQUESTS", access.Limit("q", 2, 60, 60, 3600))
    assert [feed.get("feed_messages", token="x").status_code for _ in range(3)] == [401, 401, 429]
    answers = [feed.get("feed_messages") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_reads_are_audited_once_in_ten_minutes(feed, site, actor):
    feed.get("feed_messages")
    sent(confirmed(site, actor), actor)
    for _ in range(3):
        feed.get("feed_messages")
    found = AuditEntry.objects.filter(action="fetch messages")
    assert [each.detail for each in found] == [{"seq": "1-1"}]
    assert found[0].actor == "feed District police"


def test_feeds_for_exercises_and_for_real_incidents_have_separate_tokens_and_messages(
    feed, site, actor
):
    practice = Feed(FeedEndpointFactory(site=site, kind="cap_atom", exercise=True))
    sent(confirmed(site, actor), actor)
    assert len(entries(feed.index())) == 1
    assert entries(practice.index()) == []
    assert feed.get("feed_messages", token=practice.token).status_code == 401
