"""Messages queued for a process that never comes back are stored by a running one."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from devices.link import Session
from devices.models import Device
from devices.telemetry import slots
from devices.telemetry.message import TOPIC
from devices.telemetry.models import Latest, Slot
from devices.telemetry.slot_recovery import GROUP, SlotRecovery
from tests.devices.broker import Broker, FieldDevice, eventually
from tests.devices.messages import own, up
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def grace(settings) -> None:
    settings.TELEMETRY_GRACE_S = 0.2


@pytest.fixture
def meter(transactional_db: None) -> Device:
    return DeviceFactory(code="meter-7", driver="gatehouse", kind="meter")


@pytest.fixture
def abandoned(transactional_db: None, broker: Broker) -> Callable[..., None]:
    """Leave a subscribed session at the broker that no process holds."""

    def leave(client_id: str, group: str | None = GROUP) -> None:
        plainly = client_id == slots.LEGACY_CLIENT_ID
        session = Session(broker.url, client_id, [TOPIC], group=group, plain_client_id=plainly)
        assert eventually(lambda: session.receive(0, 0.01) or session.connected)
        session.stop()
        Slot.objects.create(client_id=client_id)

    return leave


@pytest.fixture
def recovery(transactional_db: None, broker: Broker) -> Iterator[SlotRecovery]:
    made = SlotRecovery(broker.url)
    yield made
    made.stop()


def stored() -> set[str]:
    return set(Latest.objects.values_list("metric__name", flat=True))


def has_session(broker: Broker, client_id: str) -> bool:
    """Whether the broker has a session of that client id."""
    session = Session(broker.url, client_id, [])
    assert eventually(lambda: session.receive(0, 0.01) or session.connected)
    session.stop()
    return session.resumed


@pytest.mark.parametrize(
    ("client_id", "group"),
    [(slots.client_id_of(3), GROUP), (slots.LEGACY_CLIENT_ID, None)],
    ids=["slot", "before there were slots"],
)
def test_queued_messages_are_stored_and_the_session_is_ended(
    abandoned, recovery, broker, device: FieldDevice, meter, client_id, group
):
    abandoned(client_id, group)
    for n in range(30):
        device.publish(up(meter, "telemetry"), own(m={f"m{n}": n}))
    recovery.start()
    assert eventually(lambda: stored() == {f"m{n}" for n in range(30)})
    assert eventually(lambda: not Slot.objects.exists())
    assert not has_session(broker, client_id)


def test_a_drained_session_receives_no_further_messages(
    abandoned, recovery, broker, device: FieldDevice, meter
):
    abandoned(slots.client_id_of(3))
    living = Session(broker.url, "living", [TOPIC], group=GROUP)
    assert eventually(lambda: living.receive(0, 0.01) or living.connected)
    recovery.start()
    assert eventually(lambda: not Slot.objects.exists())
    for n in range(10):
        device.publish(up(meter, "telemetry"), own(m={f"m{n}": n}))
    got = []
    assert eventually(lambda: got.extend(living.receive(100, 0.05)) or len(got) == 10)
    living.stop()


def test_a_held_slot_is_not_drained(abandoned, recovery, broker):
    slot = slots.acquire()
    client_id = slot.client_id
    session = Session(broker.url, client_id, [TOPIC], group=GROUP)
    assert eventually(lambda: session.receive(0, 0.01) or session.connected)
    abandoned(slots.client_id_of(1))
    recovery.start()
    assert eventually(lambda: not Slot.objects.filter(client_id=slots.client_id_of(1)).exists())
    assert session.receive(1, 0.1) == []
    assert session.connected
    assert Slot.objects.filter(client_id=client_id).exists()
    session.stop()
    slot.release()


def test_messages_that_cannot_be_stored_stay_in_the_broker(
    abandoned, recovery, device: FieldDevice, meter, caplog
):
    abandoned(slots.client_id_of(3))
    device.publish(up(meter, "telemetry"), own(m={"power": 1}))
    rename("telemetry_latest", "telemetry_latest_away")
    try:
        recovery.start()
        assert eventually(lambda: "slots cannot be recovered" in caplog.text)
    finally:
        rename("telemetry_latest_away", "telemetry_latest")
    assert eventually(lambda: stored() == {"power"})


def rename(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")
