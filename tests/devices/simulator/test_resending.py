"""A simulated device resends messages that a killed broker may have acknowledged and lost."""

from devices.simulator.fleet import Fleet, Line, Manners
from devices.simulator.resending import UnconfirmedMessages
from devices.simulator.scenario import Address, Device
from devices.simulator.speech import Message
from tests.devices.broker import FieldDevice, eventually
from tests.devices.simulator.conftest import Broker


def message(n: int, *, retain: bool = False) -> Message:
    return Message("meter", "gh/v1/lakeside/meter/up/telemetry", str(n).encode(), retain)


def test_a_message_acknowledged_a_moment_ago_is_sent_again():
    kept = UnconfirmedMessages(keep_s=10)
    for n in range(3):
        kept.sent(n, message(n))
    kept.confirmed(0, now=100.0)
    kept.confirmed(1, now=101.0)
    kept.answered(now=105.0)
    assert kept.again() == [message(0), message(1)]
    assert kept.again() == []


def test_a_message_acknowledged_long_before_the_last_answer_is_dropped():
    kept = UnconfirmedMessages(keep_s=10)
    for n in range(2):
        kept.sent(n, message(n))
        kept.confirmed(n, now=100.0 + n)
    kept.answered(now=110.5)
    assert kept.again() == [message(1)]


def test_a_retained_message_is_not_kept():
    kept = UnconfirmedMessages()
    kept.sent(1, message(1, retain=True))
    kept.confirmed(1, now=1.0)
    assert kept.again() == []


def test_messages_lost_by_a_broker_after_its_acknowledgement_are_sent_again(broker: Broker):
    unit = Device("meter", "meter", "gatehouse", "meter", "secret")
    line = Line(Address("127.0.0.1", broker.port), unit, Manners(listens="gh/v1/+/meter/down/#"))
    fleet = Fleet([line])
    assert eventually(lambda: fleet.poll(0.05) or fleet.ready)
    heard = FieldDevice(broker, "gh/#")
    fleet.publish([message(1)])
    assert eventually(lambda: fleet.poll(0.05) or heard.got)
    heard.leave()
    fleet.poll(0.2)  # the acknowledgement
    broker.stop()  # no persistence
    assert eventually(lambda: fleet.poll(0.05) or line.client.socket() is None)
    broker.start()
    again = FieldDevice(broker, "gh/#")
    assert eventually(lambda: fleet.poll(0.05) or again.got)
    assert [payload for _, payload in again.got] == [b"1"]
    again.leave()
    fleet.close()
