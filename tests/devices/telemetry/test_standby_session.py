"""While the stream is shared, the keeper stores what a broker that starts anew gives to nobody."""

from collections.abc import Callable, Iterator

import pytest

from devices.link import Session
from devices.models import DeadLetter, Device
from devices.telemetry.message import TOPIC
from devices.telemetry.models import Latest
from devices.telemetry.slot_recovery import GROUP
from devices.telemetry.standby_session import FILTERS, MARKS, StandbySession
from tests.devices.broker import Broker, FieldDevice, eventually
from tests.devices.messages import own, up
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meter(transactional_db: None) -> Device:
    return DeviceFactory(code="meter-7", driver="gatehouse", kind="meter")


@pytest.fixture
def sharing(broker: Broker) -> Iterator[Session]:
    """A session that takes part in the shared stream; nobody acknowledges what it is given."""
    made = Session(broker.url, "sharing", [TOPIC], group=GROUP)
    yield made
    made.stop()


@pytest.fixture
def keeper(meter: Device, broker: Broker) -> Iterator[StandbySession]:
    session = Session(broker.url, "keeper", FILTERS)
    assert eventually(lambda: session.take(0, 0.01) or session.connected)
    made = StandbySession(session)
    made.start()
    yield made
    made.stop()
    session.stop()


@pytest.fixture
def says(device: FieldDevice, meter: Device) -> Callable[[str], None]:
    return lambda metric: device.says(up(meter, "telemetry"), own(m={metric: 1}))


def stored() -> set[str]:
    return set(Latest.objects.values_list("metric__name", flat=True))


@pytest.fixture
def share(sharing: Session, keeper: StandbySession, caplog: pytest.LogCaptureFixture) -> None:
    """The session has left its mark, which has gone round."""
    caplog.set_level("INFO")
    assert eventually(lambda: sharing.take(0, 0.01) or sharing.connected)
    keeper.leave_mark(sharing)
    assert eventually(lambda: sharing.take(0, 0.05) or "telemetry is shared" in caplog.text)


@pytest.mark.usefixtures("keeper")
def test_what_comes_while_nobody_shares_is_stored(says):
    says("alone")
    assert eventually(lambda: stored() == {"alone"})
    assert not DeadLetter.objects.exists()


@pytest.mark.usefixtures("share")
def test_what_is_shared_is_left_to_those_who_share(sharing, says, device):
    says("shared")
    got = []
    assert eventually(lambda: got.extend(sharing.take(10, 0.05)) or got)
    device.says(MARKS, b"of somebody else")
    says("shared.too")
    assert eventually(lambda: got.extend(sharing.take(10, 0.05)) or len(got) == 2)
    assert stored() == set()


@pytest.mark.usefixtures("share")
def test_what_a_restarted_broker_gives_to_nobody_else_is_stored(sharing, says, device, broker):
    broker.stop()
    assert eventually(lambda: sharing.take(0, 0.05) or not sharing.connected)
    broker.start()
    assert eventually(lambda: device.paho.is_connected())
    says("in.between")
    assert eventually(lambda: stored() == {"in.between"})
