"""Feeds by e-mail, received by a real mail server."""

from collections.abc import Iterator

import pytest

from core import outbox_lanes
from incidents import services
from incidents.feeds import endpoints, pausing
from incidents.feeds.dispatch import send_test
from incidents.models import FeedEndpoint
from tests.factories import FeedEndpointFactory, SiteFactory, UserFactory
from tests.incidents.feeds.setting import confirmed, officer, sent
from tests.mail_server import REFUSED, SmtpServer

pytestmark = pytest.mark.django_db
TO = "duty@police.example"


@pytest.fixture
def server(settings) -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.DEFAULT_FROM_EMAIL = "Harbour Park <gate@example.com>"
        yield running


@pytest.fixture
def feed(server) -> FeedEndpoint:
    site = SiteFactory(name="Harbour Park", timezone="Asia/Shanghai")
    return FeedEndpointFactory(site=site, kind="email", url=TO, options={"language": "en"})


@pytest.fixture
def actor(feed):
    return officer(feed.site)


def send() -> None:
    outbox_lanes.send_all_due("feeds")


def states(feed):
    return list(feed.deliveries.order_by("seq").values_list("state", flat=True))


def test_a_mail_says_what_how_bad_where_and_when(feed, actor, server):
    message = sent(confirmed(feed.site, actor, plate="沪A12345"), actor)
    send()
    (mail,) = server.received
    assert (mail["To"], mail["From"]) == (TO, "Harbour Park <gate@example.com>")
    assert mail["Subject"] == "Harbour Park: alert, watch-listed plate"
    shown = server.text()
    for line in ("Severity: severe", "Site: Harbour Park", "Plate: 沪A12345"):
        assert line in shown
    assert f"Message: {message.public_id} (no. 1)" in shown
    assert "seen on video" not in shown, "reasons stay here"
    assert message.deliveries.get().state == "delivered"


def test_it_is_written_in_the_feeds_language(feed, actor, server):
    FeedEndpoint.objects.update(options={"language": "zh-hans"})
    sent(confirmed(feed.site, actor), actor)
    send()
    assert "Severity" not in server.text()
    assert "严重程度" in server.text()


def test_an_update_and_a_cancellation_name_what_they_follow(feed, actor, server):
    incident = confirmed(feed.site, actor)
    first = sent(incident, actor)
    second = sent(incident, actor, "update")
    services.review_again(incident, actor, confirmed=False, reason="a neighbour's car")
    send()
    subjects = [each["Subject"].split(": ")[1].split(",")[0] for each in server.received]
    assert subjects == ["alert", "update", "cancellation"]
    assert f"Follows: {first.public_id}, {second.public_id}" in server.text()
    assert "neighbour" not in server.text()


def test_an_exercise_and_a_test_say_so_in_the_subject(feed, server):
    FeedEndpoint.objects.update(exercise=True)
    feed.refresh_from_db()
    send_test(feed, UserFactory())
    send()
    assert server.received[0]["Subject"].startswith("EXERCISE: Harbour Park: test")


def test_a_mail_that_is_sent_again_is_the_same_mail(feed, actor, server):
    sent(confirmed(feed.site, actor), actor)
    send()
    pausing.replay(feed, actor, 1, 1)
    send()
    first, second = server.received
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()


def test_a_server_that_is_down_holds_the_queue(feed, actor, server, settings):
    running, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for number in range(2):
        sent(confirmed(feed.site, actor, plate=f"沪A0000{number}"), actor)
    send()
    assert states(feed) == ["pending", "pending"]
    settings.EMAIL_PORT = running
    pausing.resume(feed, actor)
    send()
    assert states(feed) == ["delivered", "delivered"]
    assert len(server.received) == 2


def test_a_refused_receiver_parks_the_message_with_the_servers_reason(feed, actor, server):
    server.refuses = True
    sent(confirmed(feed.site, actor, plate="沪A00001"), actor)
    send()
    assert states(feed) == ["rejected"]
    assert feed.deliveries.get().attempts.get().error == REFUSED
    server.refuses = False
    sent(confirmed(feed.site, actor, plate="沪A00002"), actor)
    send()
    assert states(feed) == ["rejected", "delivered"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [("554 5.6.0 the content is refused", "rejected"), ("451 4.3.0 try again", "pending")],
)
def test_content_that_is_refused_for_good_is_parked(feed, actor, server, answer, state):
    server.answers_content = answer
    sent(confirmed(feed.site, actor, plate="沪A00001"), actor)
    send()
    assert states(feed) == [state]
    assert feed.deliveries.get().attempts.get().error == answer


def test_the_address_of_a_feed_by_mail_is_validated(feed):
    values = endpoints.shown_values(feed)
    values |= {"url": "https://police.example", "valid_until": feed.valid_until}
    with pytest.raises(endpoints.Rejection) as rejected:
        endpoints.change_endpoint(feed, UserFactory(), endpoints.EndpointValues(**values))
    assert (rejected.value.field, rejected.value.code) == ("url", "invalid_email")
