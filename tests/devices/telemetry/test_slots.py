"""Each process holds a slot of its own while its connection to the database lives."""

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
    """A new installation has the legacy client id registered."""
    Slot.objects.all().delete()


@pytest.fixture
def acquire(_unused: None) -> Iterator[Callable[[], HeldSlot]]:
    """Acquire a slot, which is released after the test."""
    held: list[HeldSlot] = []

    def one() -> HeldSlot:
        held.append(slots.acquire())
        return held[-1]

    yield one
    for slot in held:
        slot.release()


def test_each_process_acquires_the_lowest_free_slot(acquire):
    first, second = acquire(), acquire()
    assert [first.client_id, second.client_id] == [slots.client_id_of(0), slots.client_id_of(1)]
    first.release()
    assert eventually(lambda: slots.unheld() == [slots.client_id_of(0)])
    assert acquire().client_id == slots.client_id_of(0)


def test_a_slot_stays_registered_after_its_process_is_gone(acquire):
    acquire()
    second = acquire()
    assert slots.unheld() == []
    second.release()
    assert eventually(lambda: slots.unheld() == [second.client_id])
    slots.unregister(second.client_id)
    assert slots.unheld() == []
    assert Slot.objects.get().client_id == slots.client_id_of(0)


def test_a_slot_is_lost_with_its_connection(acquire):
    slot = acquire()
    assert slot.held
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objid = hashtext(%s)::oid",
            [slot.client_id],
        )
    assert eventually(lambda: not slot.held)
    assert acquire().client_id == slot.client_id


def test_a_held_slot_is_not_acquired_by_name(acquire):
    slot = acquire()
    assert slots.acquire_named(slot.client_id) is None
    slot.release()
    other = eventually(lambda: slots.acquire_named(slot.client_id))
    assert other.held
    other.release()
