"""What waits under the name of a process that never comes back is stored by one that lives."""

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
def gone(transactional_db: None, broker: Broker) -> Callable[..., None]:
    """Leave the broker with a session that nobody holds, subscribed as ever."""

    def leave(client_id: str, group: str | None = GROUP) -> None:
        plainly = client_id == slots.CLIENT_ID
        session = Session(broker.url, client_id, [TOPIC], group=group, named_plainly=plainly)
        assert eventually(lambda: session.take(0, 0.01) or session.connected)
        session.stop()
        Slot.objects.create(client_id=client_id)

    return leave


@pytest.fixture
def orphans(transactional_db: None, broker: Broker) -> Iterator[SlotRecovery]:
    made = SlotRecovery(broker.url)
    yield made
    made.stop()


def stored() -> set[str]:
    return set(Latest.objects.values_list("metric__name", flat=True))


def known_to(broker: Broker, client_id: str) -> bool:
    """Whether the broker keeps a session under that name."""
    session = Session(broker.url, client_id, [])
    assert eventually(lambda: session.take(0, 0.01) or session.connected)
    session.stop()
    return session.resumed


@pytest.mark.parametrize(
    ("client_id", "group"),
    [(slots.name_of(3), GROUP), (slots.CLIENT_ID, None)],
    ids=["slot", "before there were slots"],
)
def test_all_that_waits_is_stored_and_the_session_is_ended(
    gone, orphans, broker, device: FieldDevice, meter, client_id, group
):
    gone(client_id, group)
    for n in range(30):
        device.says(up(meter, "telemetry"), own(m={f"m{n}": n}))
    orphans.start()
    assert eventually(lambda: stored() == {f"m{n}" for n in range(30)})
    assert eventually(lambda: not Slot.objects.exists())
    assert not known_to(broker, client_id)


def test_nothing_new_is_sent_to_a_session_that_was_emptied(
    gone, orphans, broker, device: FieldDevice, meter
):
    gone(slots.name_of(3))
    living = Session(broker.url, "living", [TOPIC], group=GROUP)
    assert eventually(lambda: living.take(0, 0.01) or living.connected)
    orphans.start()
    assert eventually(lambda: not Slot.objects.exists())
    for n in range(10):
        device.says(up(meter, "telemetry"), own(m={f"m{n}": n}))
    got = []
    assert eventually(lambda: got.extend(living.take(100, 0.05)) or len(got) == 10)
    living.stop()


def test_a_slot_is_left_alone_while_somebody_holds_it(gone, orphans, broker):
    slot = slots.take()
    client_id = slot.client_id
    session = Session(broker.url, client_id, [TOPIC], group=GROUP)
    assert eventually(lambda: session.take(0, 0.01) or session.connected)
    gone(slots.name_of(1))
    orphans.start()
    assert eventually(lambda: not Slot.objects.filter(client_id=slots.name_of(1)).exists())
    assert session.take(1, 0.1) == []
    assert session.connected
    assert Slot.objects.filter(client_id=client_id).exists()
    session.stop()
    slot.release()


def test_what_the_database_cannot_store_stays_in_the_broker(
    gone, orphans, device: FieldDevice, meter, caplog
):
    gone(slots.name_of(3))
    device.says(up(meter, "telemetry"), own(m={"power": 1}))
    rename("telemetry_latest", "telemetry_latest_away")
    try:
        orphans.start()
        assert eventually(lambda: "no abandoned slots are looked for" in caplog.text)
    finally:
        rename("telemetry_latest_away", "telemetry_latest")
    assert eventually(lambda: stored() == {"power"})


def rename(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")
