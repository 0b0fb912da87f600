"""The outbox holds what has to be sent to the outside until it has been sent."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from core import clock, outbox
from core.models import OutboxMessage

pytestmark = pytest.mark.django_db
Sent = list[tuple[str, dict[str, object]]]


class Killed(BaseException):
    """Stands for kill -9: no handler of the product catches it."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What the receiver got; its sender always succeeds."""
    received: Sent = []
    monkeypatch.setattr(outbox, "_senders", {})
    monkeypatch.setattr(outbox, "_topics", {"test.topic", "broken.topic", "unwired.topic"})
    outbox.send_with("test.topic", lambda key, payload: received.append((key, payload)))
    return received


def keys(sent: Sent) -> list[str]:
    return [key for key, _ in sent]


def delays_over() -> None:
    OutboxMessage.objects.update(next_attempt_at=clock.now() - timedelta(seconds=1))


def fail(key: str, payload: dict[str, object]) -> None:
    raise ConnectionError("no route")


def test_a_message_is_sent_once_however_often_it_is_put(sent: Sent) -> None:
    for _ in range(2):
        outbox.put("test.topic", "receipt:1", {"to": "someone"})
    assert outbox.send_due() == 1
    assert outbox.send_due() == 0
    assert sent == [("receipt:1", {"to": "someone"})]


def test_a_message_that_could_not_be_sent_waits_and_is_tried_again(sent: Sent) -> None:
    deliver = outbox._senders["test.topic"]
    outbox.send_with("test.topic", fail)
    outbox.put("test.topic", "receipt:1", {})
    assert outbox.send_due() == 1
    message = OutboxMessage.objects.get()
    assert (message.sent_at, message.attempts) == (None, 1)
    assert message.last_error == "ConnectionError: no route"
    assert message.next_attempt_at > clock.now()

    outbox.send_with("test.topic", deliver)
    delays_over()
    outbox.send_due()
    assert sent == [("receipt:1", {})]


def test_a_topic_without_a_sender_is_stored(sent: Sent) -> None:
    outbox.put("unwired.topic", "x:1", {})
    outbox.send_due()
    assert OutboxMessage.objects.get().sent_at is None


def test_a_topic_that_is_not_declared_or_declared_twice_is_an_error(sent: Sent) -> None:
    with pytest.raises(ValueError, match="not declared"):
        outbox.put("other.topic", "x:1", {})
    outbox.declare("other.topic")
    outbox.put("other.topic", "x:1", {})
    with pytest.raises(ValueError, match="declared twice"):
        outbox.declare("other.topic")


def test_topics_are_found_by_how_they_are_sent(sent: Sent) -> None:
    outbox.declare("bill.mail")
    outbox.declare("alarm.sms")
    assert outbox.topics(outbox.MAIL) == ["bill.mail"]
    assert outbox.topics(outbox.SMS) == ["alarm.sms"]


def test_a_postponed_message_has_not_failed_and_is_sent_at_its_time(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = clock.now() + timedelta(hours=9)

    def wait_for_morning(key: str, payload: dict[str, object]) -> None:
        if clock.now() < morning:
            raise outbox.NotYet(morning)
        sent.append((key, payload))

    outbox.send_with("test.topic", wait_for_morning)
    outbox.put("test.topic", "reminder:1", {}, receiver="a")
    outbox.send_due()
    message = OutboxMessage.objects.get()
    assert (message.attempts, message.last_error, message.claimed_until) == (0, "", None)
    assert message.next_attempt_at == morning
    assert outbox.send_due() == 0
    monkeypatch.setattr(clock, "now", lambda: morning)
    outbox.send_due()
    assert keys(sent) == ["reminder:1"]


def test_a_postponed_message_holds_up_no_other_receiver(sent: Sent) -> None:
    morning = clock.now() + timedelta(hours=9)

    def wait(key: str, payload: dict[str, object]) -> None:
        raise outbox.NotYet(morning)

    outbox.send_with("broken.topic", wait)
    outbox.put("broken.topic", "a:1", {}, receiver="a")
    outbox.put("test.topic", "a:2", {}, receiver="a")
    outbox.put("test.topic", "b:1", {}, receiver="b")
    outbox.send_due()
    assert keys(sent) == ["b:1"]


def test_a_message_that_is_postponed_to_the_past_is_not_tried_in_a_loop(sent: Sent) -> None:
    def wait(key: str, payload: dict[str, object]) -> None:
        raise outbox.NotYet(clock.now() - timedelta(hours=1))

    outbox.send_with("test.topic", wait)
    outbox.put("test.topic", "a:1", {})
    assert outbox.send_due() == 1


def test_messages_of_one_receiver_are_sent_in_their_order(sent: Sent) -> None:
    for number in range(3):
        outbox.put("test.topic", f"n:{number}", {}, receiver="hook")
    # The last one is due longest, as after a failure of the first two.
    OutboxMessage.objects.filter(key="n:2").update(next_attempt_at=clock.now() - timedelta(hours=1))
    outbox.send_due()
    assert keys(sent) == ["n:0", "n:1", "n:2"]


def test_a_failed_message_holds_up_its_own_receiver_and_no_other(sent: Sent) -> None:
    outbox.send_with("broken.topic", fail)
    outbox.put("broken.topic", "a:1", {}, receiver="a")
    outbox.put("test.topic", "a:2", {}, receiver="a")
    outbox.put("test.topic", "b:1", {}, receiver="b")
    outbox.put("test.topic", "free:1", {})
    outbox.send_due()
    assert keys(sent) == ["b:1", "free:1"]
    outbox.send_with("broken.topic", lambda key, payload: sent.append((key, payload)))
    delays_over()
    outbox.send_due()
    assert keys(sent) == ["b:1", "free:1", "a:1", "a:2"]


def test_a_message_whose_sender_was_killed_is_sent_again_with_its_key_after_the_lease(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die_after_sending(key: str, payload: dict[str, object]) -> None:
        sent.append((key, payload))
        raise Killed

    deliver = outbox._senders["test.topic"]
    outbox.send_with("test.topic", die_after_sending)
    outbox.put("test.topic", "refund:1", {}, receiver="bank")
    outbox.put("test.topic", "refund:2", {}, receiver="bank")
    with pytest.raises(Killed):
        outbox.send_due()
    outbox.send_with("test.topic", deliver)
    assert outbox.send_due() == 0, "the lease holds, and the second one waits for the first"
    later = clock.now() + outbox.LEASE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert outbox.send_due() == 2
    assert keys(sent) == ["refund:1", "refund:1", "refund:2"]


def test_a_sender_whose_lease_ran_out_does_not_touch_what_another_has_claimed(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.put("test.topic", "receipt:1", {})
    late = outbox._claim_next()
    later = clock.now() + outbox.LEASE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert late is not None
    assert outbox._claim_next() is not None
    outbox.send(late)
    message = OutboxMessage.objects.get()
    assert (message.sent_at, message.attempts) == (None, 2)
    assert message.claimed_until is not None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_and_no_transaction_is_open_while_a_message_is_sent(sent: Sent) -> None:
    seen: list[object] = []

    def look(key: str, payload: dict[str, object]) -> None:
        seen.append(connection.in_atomic_block)
        with ThreadPoolExecutor(1) as other:
            seen.append(other.submit(_lock_every_message).result(timeout=60))

    outbox.send_with("test.topic", look)
    outbox.put("test.topic", "receipt:1", {})
    outbox.send_due()
    assert seen == [False, ["receipt:1"]]


def _lock_every_message() -> list[str]:
    try:
        with transaction.atomic():
            rows = OutboxMessage.objects.select_for_update(nowait=True)
            return [message.key for message in rows]
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_message_once_and_each_receiver_in_order(
    sent: Sent,
) -> None:
    for number in range(20):
        outbox.put("test.topic", f"{number:02}", {}, receiver=f"r{number % 3}")
    both = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(_send_until_empty, both) for _ in range(2)]:
            each.result(timeout=60)
    assert sorted(keys(sent)) == [f"{number:02}" for number in range(20)]
    for receiver in range(3):
        own = [key for key in keys(sent) if int(key) % 3 == receiver]
        assert own == sorted(own)


def _send_until_empty(both: threading.Barrier) -> None:
    try:
        both.wait()
        while OutboxMessage.objects.filter(sent_at=None).exists():
            outbox.send_due()
    finally:
        connection.close()
