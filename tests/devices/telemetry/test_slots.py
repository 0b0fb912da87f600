"""Each process has a slot of its own, as long as its connection to the database lives."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from devices.telemetry import slots
from devices.telemetry.models import Slot
from devices.telemetry.slots import HeldSlot
from tests.devices.broker import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _unused(transactional_db: None) -> None:
    """A fresh installation knows of one name already: the one that was before there were slots."""
    Slot.objects.all().delete()


@pytest.fixture
def take(_unused: None) -> Iterator[Callable[[], HeldSlot]]:
    """Take a slot, which is released at the end."""
    taken: list[HeldSlot] = []

    def one() -> HeldSlot:
        taken.append(slots.take())
        return taken[-1]

    yield one
    for slot in taken:
        slot.release()


def test_each_process_takes_the_lowest_slot_that_is_free(take):
    first, second = take(), take()
    assert [first.client_id, second.client_id] == [slots.name_of(0), slots.name_of(1)]
    first.release()
    assert eventually(lambda: slots.abandoned() == [slots.name_of(0)])
    assert take().client_id == slots.name_of(0)


def test_a_slot_that_was_taken_once_is_known_when_nobody_holds_it(take):
    take()
    second = take()
    assert slots.abandoned() == []
    second.release()
    assert eventually(lambda: slots.abandoned() == [second.client_id])
    slots.forget(second.client_id)
    assert slots.abandoned() == []
    assert Slot.objects.get().client_id == slots.name_of(0)


def test_a_slot_is_lost_with_its_connection(take):
    slot = take()
    assert slot.held
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objid = hashtext(%s)::oid",
            [slot.client_id],
        )
    assert eventually(lambda: not slot.held)
    assert take().client_id == slot.client_id


def test_a_slot_that_somebody_holds_is_not_taken_over(take):
    slot = take()
    assert slots.take_over(slot.client_id) is None
    slot.release()
    other = eventually(lambda: slots.take_over(slot.client_id))
    assert other.held
    other.release()
