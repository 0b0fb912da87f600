"""Lanes of the outbox that one process runs: none of them ever waits for another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Semaphore, Thread

import pytest
from django.core.management import CommandError, call_command

from core import outbox, outbox_lanes
from core.models import OutboxMessage
from core.outbox_lanes import Lane, claim_several, run_lanes
from core.retry_schedule import GROWING

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lanes, ``slow`` and ``quick``, each with a topic; their senders are the tests'."""
    topics = {"slow.topic": "slow", "quick.topic": "quick"}
    monkeypatch.setattr(outbox, "_senders", {})
    monkeypatch.setattr(outbox, "_topics", set(topics))
    monkeypatch.setattr(outbox, "_lanes", topics)
    monkeypatch.setattr(outbox, "_schedules", dict.fromkeys(topics, GROWING))
    monkeypatch.setattr(outbox_lanes, "_PAUSE_S", 0.01)
    # They would outlive the test.
    monkeypatch.setattr(outbox_lanes, "keep_connections", lambda most: None)


@pytest.fixture
def arrived() -> Semaphore:
    """Released by each message of the quick lane that has arrived."""
    arrivals = Semaphore(0)
    outbox.send_with("quick.topic", lambda key, payload: arrivals.release())
    return arrivals


@contextmanager
def running(*lanes: Lane) -> Iterator[None]:
    over = Event()
    process = Thread(target=run_lanes, args=(lanes, lambda: not over.is_set()))
    process.start()
    try:
        yield
    finally:
        over.set()
        process.join(PATIENCE_S)
        assert not process.is_alive()


def put(lane: str, number: int) -> None:
    outbox.put(f"{lane}.topic", f"{lane}:{number}", {}, receiver=f"{lane} receiver {number}")


def test_a_lane_all_receivers_of_which_hang_delays_no_other(arrived: Semaphore) -> None:
    hanging, answer = Semaphore(0), Event()

    def hang(key: str, payload: dict[str, object]) -> None:
        hanging.release()
        answer.wait(PATIENCE_S)

    outbox.send_with("slow.topic", hang)
    for number in range(4):
        put("slow", number)
    with running(Lane("slow", 2), Lane("quick", 1)):
        try:
            assert all(hanging.acquire(timeout=PATIENCE_S) for _ in range(2))
            for number in range(3):
                put("quick", number)
                assert arrived.acquire(timeout=PATIENCE_S)
            assert OutboxMessage.objects.filter(topic="slow.topic", attempts=0).count() == 2
        finally:
            answer.set()


def test_an_error_in_one_lane_leaves_the_other_alone_and_ends_with_its_cause(
    arrived: Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim: Callable[[str, int], list[OutboxMessage]] = outbox_lanes.claim_several
    failed, mended, sent = Semaphore(0), Event(), Event()

    def claim_unless_broken(lane: str, most: int) -> list[OutboxMessage]:
        if lane == "slow" and not mended.is_set():
            failed.release()
            raise LookupError("a fault of the program")
        return claim(lane, most)

    monkeypatch.setattr(outbox_lanes, "claim_several", claim_unless_broken)
    outbox.send_with("slow.topic", lambda key, payload: sent.set())
    put("slow", 1)
    with running(Lane("slow", 1), Lane("quick", 1)):
        assert all(failed.acquire(timeout=PATIENCE_S) for _ in range(2))
        put("quick", 1)
        assert arrived.acquire(timeout=PATIENCE_S)
        mended.set()
        assert sent.wait(PATIENCE_S)


def test_several_are_claimed_at_once_the_first_of_each_receiver_that_is_free() -> None:
    for key, receiver in (("a:1", "a"), ("a:2", "a"), ("b:1", "b"), ("c:1", "c"), ("d:1", "d")):
        outbox.put("slow.topic", key, {}, receiver=receiver)
    outbox.pause("c")
    assert [each.key for each in claim_several("slow", 1)] == ["a:1"]
    claimed = claim_several("slow", 9)
    assert [(each.key, each.attempts) for each in claimed] == [("b:1", 1), ("d:1", 1)]
    stored = OutboxMessage.objects.get(key="b:1")
    assert (stored.attempts, stored.claimed_until) == (1, claimed[0].claimed_until)
    assert claim_several("slow", 9) == claim_several("quick", 9) == []


@pytest.mark.parametrize("text", ["slwo", "quick:many", "quick:0", ""])
def test_a_lane_that_cannot_be_run_is_named_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(CommandError, match=r"Write a lane as feeds, or as feeds:8"):
        call_command("send_outbox", text)
