"""The event bus: in-transaction handlers, and durable handlers that run after the commit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from core import clock, events
from core.jobs import JobError, run_waiting, waiting
from core.models import Job, Site
from tests.bus import only_handlers
from tests.factories import SiteFactory

CALLS: list[tuple[str, object]] = []
FAILURES: list[Exception] = []


@dataclass(frozen=True)
class Line:
    amount: Decimal
    title: str


@dataclass(frozen=True)
class Paid:
    charge_id: int
    at: datetime
    lines: tuple[Line, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Unrelated:
    charge_id: int


PAID = Paid(7, datetime(2026, 3, 1, 8, 30, tzinfo=UTC), (Line(Decimal("12.50"), "停车费"),))


def open_lane(event: Paid) -> None:
    CALLS.append(("lane", event))
    if FAILURES:
        raise FAILURES.pop()


def send_receipt(event: Paid) -> None:
    CALLS.append(("receipt", event))


def rename_and_fail(event: Paid) -> None:
    Site.objects.update(name="half written")
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def _no_calls() -> Iterator[None]:
    CALLS.clear()
    FAILURES.clear()
    yield
    for handler in (open_lane, send_receipt, rename_and_fail):
        events.unsubscribe(Paid, handler)


def test_handlers_run_in_the_order_of_their_subscription_once_each() -> None:
    for handler in (send_receipt, open_lane, send_receipt):
        events.subscribe(Paid, handler)
    events.publish(PAID)
    assert CALLS == [("receipt", PAID), ("lane", PAID)]


def test_a_handler_gets_its_own_type_of_event_only() -> None:
    events.subscribe(Paid, open_lane)
    events.publish(Unrelated(7))
    assert CALLS == []


def test_an_unsubscribed_handler_is_not_called() -> None:
    events.subscribe(Paid, open_lane)
    events.unsubscribe(Paid, open_lane)
    events.unsubscribe(Paid, open_lane)
    events.publish(PAID)
    assert CALLS == []


def test_replaced_handlers_return_in_their_order() -> None:
    events.subscribe(Paid, open_lane)
    events.subscribe(Paid, send_receipt)
    with only_handlers(Paid, send_receipt):
        events.publish(PAID)
    assert CALLS == [("receipt", PAID)]
    assert events.subscribed(Paid) == (open_lane, send_receipt)


@pytest.mark.django_db
def test_a_failing_handler_rolls_back_the_publishers_transaction() -> None:
    site = SiteFactory(name="Park")
    events.subscribe(Paid, rename_and_fail)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        events.publish(PAID)
    site.refresh_from_db()
    assert site.name == "Park"


@pytest.mark.django_db
def test_each_durable_handler_gets_the_same_event_later_in_a_job_of_its_own() -> None:
    events.subscribe_durable(Paid, open_lane)
    events.subscribe_durable(Paid, send_receipt)
    events.publish_durable(PAID)
    assert (CALLS, waiting()) == ([], 2)
    run_waiting()
    assert CALLS == [("lane", PAID), ("receipt", PAID)]
    assert waiting() == 0


@pytest.mark.django_db
def test_a_durable_event_of_a_rolled_back_transaction_is_never_delivered() -> None:
    events.subscribe_durable(Paid, open_lane)
    with transaction.atomic():
        events.publish_durable(PAID)
        transaction.set_rollback(True)
    assert waiting() == 0


@pytest.mark.django_db
def test_a_failing_durable_handler_is_retried_and_delays_no_other() -> None:
    events.subscribe_durable(Paid, open_lane)
    events.subscribe_durable(Paid, send_receipt)
    FAILURES.append(RuntimeError("the lane's database row is locked"))
    events.publish_durable(PAID)
    run_waiting()
    assert CALLS == [("lane", PAID), ("receipt", PAID)]
    Job.objects.update(due_at=clock.now())  # the retry is due now
    run_waiting()
    assert CALLS[2:] == [("lane", PAID)]
    assert waiting() == 0


@pytest.mark.django_db
def test_a_failing_durable_handler_leaves_no_half_of_its_writes() -> None:
    site = SiteFactory(name="Park")
    events.subscribe_durable(Paid, rename_and_fail)
    events.publish_durable(PAID)
    run_waiting()
    site.refresh_from_db()
    assert site.name == "Park"


def test_an_event_that_json_cannot_represent_has_no_durable_handlers() -> None:
    @dataclass(frozen=True)
    class WithRow:
        site: Site

    with pytest.raises(TypeError):
        events.subscribe_durable(WithRow, open_lane)
    with pytest.raises(TypeError, match="not a dataclass"):
        events.subscribe_durable(int, open_lane)


def test_a_durable_handler_is_a_function_that_can_be_imported_again() -> None:
    with pytest.raises(JobError):
        events.subscribe_durable(Paid, lambda event: None)


def test_a_delivery_of_an_unknown_event_type_fails_visibly() -> None:
    with pytest.raises(LookupError, match=r"fees\.Billed"):
        events.deliver("fees.Billed", {}, f"{__name__}.open_lane")
