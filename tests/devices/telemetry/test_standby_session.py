"""While the stream is shared, the standby session stores what only it receives."""

from collections.abc import Callable, Iterator

import pytest

from devices.link import Session
from devices.models import DeadLetter, Device
from devices.telemetry.message import TOPIC
from devices.telemetry.models import Latest
from devices.telemetry.slot_recovery import GROUP
from devices.telemetry.standby_session import FILTERS, SYNC_TOPIC, StandbySession
from tests.devices.broker import Broker, FieldDevice, eventually
from tests.devices.messages import own, up
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meter(transactional_db: None) -> Device:
    return DeviceFactory(code="meter-7", driver="gatehouse", kind="meter")


@pytest.fixture
def sharing(broker: Broker) -> Iterator[Session]:
    """A session that shares the stream and never acknowledges."""
    made = Session(broker.url, "sharing", [TOPIC], group=GROUP)
    yield made
    made.stop()


@pytest.fixture
def standby(meter: Device, broker: Broker) -> Iterator[StandbySession]:
    session = Session(broker.url, "standby", FILTERS)
    assert eventually(lambda: session.receive(0, 0.01) or session.connected)
    made = StandbySession(session)
    made.start()
    yield made
    made.stop()
    session.stop()


@pytest.fixture
def publish(device: FieldDevice, meter: Device) -> Callable[[str], None]:
    return lambda metric: device.publish(up(meter, "telemetry"), own(m={metric: 1}))


def stored() -> set[str]:
    return set(Latest.objects.values_list("metric__name", flat=True))


@pytest.fixture
def share(sharing: Session, standby: StandbySession, caplog: pytest.LogCaptureFixture) -> None:
    """The shared session has published its sync marker, and the standby has received it."""
    caplog.set_level("INFO")
    assert eventually(lambda: sharing.receive(0, 0.01) or sharing.connected)
    standby.publish_sync(sharing)
    assert eventually(lambda: sharing.receive(0, 0.05) or "telemetry is shared" in caplog.text)


@pytest.mark.usefixtures("standby")
def test_messages_are_stored_while_no_other_process_shares_the_stream(publish):
    publish("alone")
    assert eventually(lambda: stored() == {"alone"})
    assert not DeadLetter.objects.exists()


@pytest.mark.usefixtures("share")
def test_shared_messages_are_stored_by_the_process_that_shares_them(sharing, publish, device):
    publish("shared")
    got = []
    assert eventually(lambda: got.extend(sharing.receive(10, 0.05)) or got)
    device.publish(SYNC_TOPIC, b"of another session")
    publish("shared.too")
    assert eventually(lambda: got.extend(sharing.receive(10, 0.05)) or len(got) == 2)
    assert stored() == set()


@pytest.mark.usefixtures("share")
def test_messages_that_a_restarted_broker_delivers_to_the_standby_only_are_stored(
    sharing, publish, device, broker
):
    broker.stop()
    assert eventually(lambda: sharing.receive(0, 0.05) or not sharing.connected)
    broker.start()
    assert eventually(lambda: device.paho.is_connected())
    publish("in.between")
    assert eventually(lambda: stored() == {"in.between"})
