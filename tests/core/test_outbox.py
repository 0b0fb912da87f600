"""The outbox keeps what the outside must be told until it was told."""

from datetime import timedelta

import pytest

from core import clock, outbox
from core.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    heard: list[tuple[str, dict]] = []
    monkeypatch.setattr(outbox, "_senders", {})
    outbox.send_with("test.topic", lambda key, payload: heard.append((key, payload)))
    return heard


def test_a_message_is_sent_once_however_often_it_is_put(told):
    for _ in range(2):
        outbox.put("test.topic", "receipt:1", {"to": "someone"})
    assert outbox.send_due() == 1
    assert outbox.send_due() == 0
    assert told == [("receipt:1", {"to": "someone"})]


def test_a_message_that_could_not_be_sent_waits_and_is_tried_again(monkeypatch, told):
    def fail(key, payload):
        raise ConnectionError("no route")

    outbox.send_with("test.topic", fail)
    outbox.put("test.topic", "receipt:1", {})
    assert outbox.send_due() == 1
    message = OutboxMessage.objects.get()
    assert (message.sent_at, message.attempts) == (None, 1)
    assert message.last_error == "ConnectionError: no route"
    assert message.next_attempt_at > clock.now()

    outbox.send_with("test.topic", lambda key, payload: told.append((key, payload)))
    OutboxMessage.objects.update(next_attempt_at=clock.now() - timedelta(seconds=1))
    outbox.send_due()
    assert told == [("receipt:1", {})]


def test_a_topic_that_nobody_sends_is_kept(told):
    outbox.put("unwired.topic", "x:1", {})
    outbox.send_due()
    assert OutboxMessage.objects.get().sent_at is None
