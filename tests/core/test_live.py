"""Announcements: sent after the commit, once for each row, never larger than a NOTIFY may be."""

import json
from collections.abc import Callable, Iterator

import psycopg2
import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from core import live
from core.live_changes import MAX_IDS
from tests.config.running import eventually

BAY = live.declare("test_bay", "test.view")
LANE = live.declare("test_lane", "test.view")
NOTIFY_LIMIT = 8000  # bytes of a payload, by PostgreSQL's manual


@pytest.fixture
def notified(transactional_db: None) -> Iterator[Callable[[], list]]:
    """A second connection that listens; returns the payloads that it has received."""
    listening = psycopg2.connect(**connections["default"].get_connection_params())
    listening.autocommit = True
    with listening.cursor() as cursor:
        cursor.execute(f"LISTEN {live.CHANNEL}")

    def payloads() -> list:
        live.announce(LANE, 99)  # when this has arrived, everything before it has
        end = {"site": 99, "topic": "test_lane", "ids": []}
        received: list = []

        def complete() -> bool:
            listening.poll()
            received[:] = [json.loads(notify.payload) for notify in listening.notifies]
            return end in received

        assert eventually(complete)
        return [payload for payload in received if payload != end]

    yield payloads
    listening.close()


def bay(*ids: int, site: int = 1) -> dict:
    return {"site": site, "topic": "test_bay", "ids": list(ids)}


def test_an_announcement_is_sent_only_if_its_transaction_commits(notified):
    with transaction.atomic():
        live.announce(BAY, 1, 1)
        transaction.set_rollback(True)
    with transaction.atomic():
        live.announce(BAY, 1, 2)
    assert notified() == [bay(2)]


def test_outside_a_transaction_an_announcement_is_sent_at_once(notified):
    live.announce(BAY, 1, 1)
    live.announce(BAY, 1, 1)
    assert notified() == [bay(1), bay(1)]


def test_a_transaction_announces_a_row_once_and_sends_one_message_a_topic(notified):
    with transaction.atomic():
        for row_id in (3, 1, 3, 2, 1):
            live.announce(BAY, 1, row_id)
            live.announce(LANE, 1, 8)
        live.announce(BAY, 2, 3)
    lane = {"site": 1, "topic": "test_lane", "ids": [8]}
    assert notified() == [bay(1, 2, 3), lane, bay(3, site=2)]


def test_what_a_rolled_back_savepoint_announced_is_not_sent(notified):
    with transaction.atomic():
        live.announce(BAY, 1, 1)
        with transaction.atomic():
            live.announce(BAY, 1, 2)
            transaction.set_rollback(True)
        with transaction.atomic():
            live.announce(BAY, 1, 3)
        live.announce(BAY, 1, 4)
    assert notified() == [bay(1, 4), bay(3)]


def test_a_row_announced_only_in_a_rolled_back_savepoint_is_announced_again(notified):
    with transaction.atomic():
        for _ in range(2):
            with transaction.atomic():
                live.announce(BAY, 1, 2)
                transaction.set_rollback(True)
        live.announce(BAY, 1, 2)
    assert notified() == [bay(2)]


def test_a_transaction_after_a_rolled_back_one_starts_afresh(notified):
    for _ in range(2):
        with transaction.atomic():
            live.announce(BAY, 1, 5)
            transaction.set_rollback(True)
    with transaction.atomic():
        live.announce(BAY, 1, 5)
    assert notified() == [bay(5)]


def test_a_commit_hook_may_announce_too(notified):
    def in_autocommit() -> None:
        live.announce(BAY, 1, 2)

    @transaction.atomic
    def in_a_transaction() -> None:
        live.announce(BAY, 1, 3)

    with transaction.atomic():
        transaction.on_commit(in_autocommit)
        live.announce(BAY, 1, 1)
        transaction.on_commit(in_a_transaction)
    assert notified() == [bay(2), bay(1), bay(3)]


def test_many_rows_become_one_message_without_ids(notified):
    with transaction.atomic():
        for row_id in range(MAX_IDS + 1):
            live.announce(BAY, 1, row_id)
    assert notified() == [{"site": 1, "topic": "test_bay", "bulk": True}]


@pytest.mark.django_db(transaction=True)
def test_the_largest_message_fits_into_a_notify():
    topic = live.declare("t" * 40, "test.view")
    with CaptureQueriesContext(connections["default"]) as captured, transaction.atomic():
        for row_id in range(MAX_IDS):
            live.announce(topic, 2**63 - 1, 2**63 - 1 - row_id)
    (notify,) = [query["sql"] for query in captured if "pg_notify" in query["sql"]]
    assert len(notify) < NOTIFY_LIMIT / 2


def test_a_session_is_notified_without_its_key(notified):
    live.end_session("a-secret-key")
    (payload,) = notified()
    assert payload == {"session": live.session_digest("a-secret-key")}
    assert "secret" not in json.dumps(payload)


def test_a_topic_is_declared_once():
    assert live.declare("test_bay", "test.view") is not None
    with pytest.raises(ValueError, match="twice"):
        live.declare("test_bay", "test.other")
    for name in ("bay-7", "", "t" * 41):
        with pytest.raises(ValueError, match="topic"):
            live.declare(name, "test.view")


def test_every_topic_of_the_apps_is_admitted_by_a_permission():
    topics = {"lane", "bay", "plan", "stay", "incident", "device", "dead_letter", "replay", "meter"}
    permissions = frozenset(topic.permission for topic in live.declared())
    assert topics <= live.topics_for(permissions)
    assert live.topics_for(frozenset()) == frozenset()
