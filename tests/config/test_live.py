"""The live channel on a real web server: who receives what, in how many bundles, and until when."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from access.models import Passage
from access.topics import LANE
from config.live import RELOAD, Notifications
from core import live
from core.live_consumer import NOT_ALLOWED
from core.permissions import StandardRole
from devices.topics import DEVICE
from estate.topics import BAY
from incidents.models import Incident
from incidents.topics import INCIDENT
from parking.topics import STAY
from people.models import Membership, Role
from tests.browsers import hire
from tests.config.live_page import LivePage
from tests.config.running import eventually
from tests.factories import SiteFactory, StayFactory, WatchEntryFactory
from tests.gate import GateScene

pytestmark = pytest.mark.django_db(transaction=True)
TOPICS = ("lane", "bay", "stay", "incident", "device", "dead_letter", "meter", "payment", "tariff")
Opener = Callable[..., LivePage]


# -- what a page receives -------------------------------------------------------------------------


def test_a_page_receives_the_topics_that_it_subscribed_to(open_page, site, guard):
    page = open_page(guard)
    assert page.subscribe("lane") == ["lane"]
    live.announce(BAY, site.pk, 1)
    live.announce(LANE, site.pk, 2)
    assert page.receive() == {"events": [{"topic": "lane", "id": 2}]}


def test_a_page_of_one_row_receives_that_row_and_changes_of_the_whole_topic(open_page, site, guard):
    page = open_page(guard)
    assert page.subscribe("lane-7") == ["lane-7"]
    live.announce(LANE, site.pk, 8)
    live.announce(LANE, site.pk, 7)
    assert page.receive() == {"events": [{"topic": "lane", "id": 7}]}
    live.announce(LANE, site.pk)
    assert page.receive() == {"events": [{"topic": "lane"}]}


def test_a_page_may_subscribe_to_more_later(open_page, site, guard):
    page = open_page(guard)
    page.subscribe("lane-7")
    assert page.subscribe("lane", "bay-3") == ["lane", "bay-3"]
    with transaction.atomic():
        live.announce(LANE, site.pk, 8)
        live.announce(BAY, site.pk, 3)
    events = [{"topic": "lane", "id": 8}, {"topic": "bay", "id": 3}]
    assert page.receive() == {"events": events}


def test_a_page_receives_its_own_site_and_no_other(open_page, site, guard):
    other = SiteFactory()
    page = open_page(guard)
    page.subscribe("lane")
    live.announce(LANE, other.pk, 1)
    live.announce(LANE, site.pk, 2)
    assert page.receive() == {"events": [{"topic": "lane", "id": 2}]}


@pytest.mark.parametrize("token", ["", "lane-", "lane-x", "lane-²", "-7", 7, None, [], "l" * 9999])
def test_a_malformed_subscription_is_refused(open_page, guard, token):
    page = open_page(guard)
    assert page.subscribe(token, "lane-" + "9" * 5000, "lane-1") == ["lane-1"]


def test_a_page_that_tests_its_connection_is_answered(open_page, guard):
    page = open_page(guard)
    page.send({"ping": 1})
    assert page.receive() == {"events": []}


def test_changes_that_follow_each_other_come_in_few_bundles_each_row_once(open_page, site, guard):
    page = open_page(guard)
    page.subscribe("bay")
    for _ in range(40):
        live.announce(BAY, site.pk, 1)
    bundles = 0
    while not page.is_silent() or bundles == 0:
        bundles += 1
    assert bundles <= 3


def test_a_run_over_many_rows_is_one_event_without_ids(open_page, site, guard):
    page = open_page(guard)
    page.subscribe("stay", "lane")
    with transaction.atomic():
        for row_id in range(100_000):
            live.announce(STAY, site.pk, row_id)
        live.announce(LANE, site.pk, 3)
    assert page.receive() == {"events": [{"topic": "lane", "id": 3}]}
    assert page.receive() == {"events": [{"topic": "stay"}]}
    assert page.is_silent()


def test_a_person_learns_of_own_notifications_without_what_they_are(open_page, site, guard):
    page, colleague = open_page(guard), open_page(hire(site, StandardRole.SECURITY))
    page.subscribe("lane")
    colleague.subscribe("lane")
    live.announce_personal("notification", guard.pk)
    live.announce(LANE, site.pk, 2)
    received = page.receive()["events"]
    assert {"topic": "notification"} in received
    assert colleague.receive() == {"events": [{"topic": "lane", "id": 2}]}


def test_pages_reload_when_the_database_was_lost(open_page, host, site, guard):
    page = open_page(guard)
    page.subscribe("lane")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = %s"
            " AND datname = current_database()",
            [f"LISTEN {live.CHANNEL}"],
        )
    assert page.receive() == {"events": [{"topic": "refresh"}]}
    live.announce(LANE, site.pk, 2)
    assert page.receive() == {"events": [{"topic": "lane", "id": 2}]}


# -- least privilege ------------------------------------------------------------------------------

EXPECTED = {
    StandardRole.GUARD: {"lane", "bay", "stay", "incident"},
    StandardRole.SECURITY: {"lane", "bay", "stay", "incident"},
    StandardRole.FINANCE: {"lane", "bay", "stay", "meter", "payment", "tariff"},
    StandardRole.TECHNICIAN: {"bay", "device", "dead_letter", "meter"},
    StandardRole.MANAGER: set(TOPICS),
    StandardRole.LIAISON: set(),
}


@pytest.mark.parametrize("role", list(StandardRole))
def test_each_role_is_admitted_to_the_topics_of_its_permissions(open_page, site, role):
    assert set(open_page(hire(site, role)).subscribe(*TOPICS)) == EXPECTED[role]


def test_a_watch_list_hit_reaches_only_those_who_may_see_incidents(open_page):
    scene = GateScene.build()
    watched = WatchEntryFactory(site=scene.site)
    path = f"/live/{scene.site.slug}/"
    pages = {role: open_page(hire(scene.site, role), path) for role in StandardRole}
    for page in pages.values():
        page.subscribe(*TOPICS, *(f"{topic}-1" for topic in TOPICS))
    with transaction.atomic():
        passage = scene.sees(scene.entry, watched.plate)
    live.announce(BAY, scene.site.pk, 1)  # everybody receives this one, after all others
    incident = Incident.objects.get()
    assert pages.pop(StandardRole.LIAISON).is_silent()
    received = {role: page.receive_until({"topic": "bay", "id": 1}) for role, page in pages.items()}
    news = {"topic": "incident", "id": incident.pk}
    assert {role for role, events in received.items() if news in events} == {
        StandardRole.GUARD,
        StandardRole.SECURITY,
        StandardRole.MANAGER,
    }
    for role in (StandardRole.FINANCE, StandardRole.TECHNICIAN):
        assert "incident" not in {event["topic"] for event in received[role]}
    assert received[StandardRole.TECHNICIAN] == [{"topic": "bay", "id": 1}]
    _assert_names_rows_only(received.values(), passage)


def _assert_names_rows_only(received, passage: Passage) -> None:
    """No kind, plate or car is on the wire: events hold a topic and the id of a row."""
    for events in received:
        for event in events:
            assert set(event) <= {"topic", "id"}
            assert event["topic"] in TOPICS
    lane = {"topic": "lane", "id": passage.lane_id}
    assert any(lane in events for events in received)


def test_a_role_that_was_narrowed_receives_no_more_of_the_topics_it_lost(open_page, site, guard):
    page = open_page(guard)
    page.subscribe("incident", "bay")
    membership = Membership.objects.get(user=guard)
    membership.role = Role.objects.get(code=StandardRole.TECHNICIAN)
    membership.save()
    assert eventually(lambda: "device" in page.subscribe("device"))
    with transaction.atomic():
        live.announce(INCIDENT, site.pk, 1)
        live.announce(DEVICE, site.pk, 2)
    assert page.receive() == {"events": [{"topic": "device", "id": 2}]}


def test_a_visitor_receives_changes_of_the_stay_whose_address_they_have(open_page):
    stay, other = StayFactory(), StayFactory()
    page = open_page(path=f"/live/stay/{stay.public_id}/")
    assert page.subscribe(*TOPICS) == []
    with transaction.atomic():
        live.announce(STAY, stay.site_id, stay.pk)
        live.announce_public(STAY, other.public_id)
        live.announce_public(STAY, stay.public_id)
    assert page.receive() == {"events": [{"topic": "stay"}]}
    assert page.is_silent()


def test_an_address_of_no_stay_is_refused(open_page):
    assert open_page(path="/live/stay/nothing/").close_code() == NOT_ALLOWED


# -- what the listener hands over ----------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "[]",
        "7",
        "{}",
        '{"site": 1}',
        '{"topic": "x"}',
        '{"public": "x"}',
        '{"user": []}',
        "\x00",
    ],
)
def test_what_is_no_notification_goes_to_no_page(payload):
    notifications = Notifications()
    notifications.add(payload)
    assert notifications.pop_all() == []


def test_notifications_of_several_transactions_are_coalesced_by_topic():
    notifications = Notifications()
    for row_id in (1, 2, 1):
        notifications.add(f'{{"site":3,"topic":"bay","ids":[{row_id}]}}')
        notifications.add('{"user":7}')
    changed = {"type": "live.changed", "topic": "bay", "ids": [1, 2]}
    assert notifications.pop_all() == [
        ("user.7", {"type": "live.recheck"}),
        ("site.3.bay", {**changed, "extent": {"whole": False, "bulk": False}}),
    ]
    assert RELOAD[1] == {"type": "live.reload"}
