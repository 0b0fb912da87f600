"""A simulated device sends again what a killed broker may have confirmed and forgotten."""

from devices.simulator.fleet import Fleet, Line, Manners
from devices.simulator.keeping import Kept
from devices.simulator.scenario import Address, Device
from devices.simulator.speech import Message
from tests.devices.broker import FieldDevice, eventually
from tests.devices.simulator.conftest import Broker


def message(n: int, *, retain: bool = False) -> Message:
    return Message("meter", "gh/v1/lakeside/meter/up/telemetry", str(n).encode(), retain)


def test_what_was_confirmed_a_moment_ago_is_sent_again():
    kept = Kept(keep_s=10)
    for n in range(3):
        kept.sent(n, message(n))
    kept.confirmed(0, now=100.0)
    kept.confirmed(1, now=101.0)
    kept.answered(now=105.0)
    assert kept.again() == [message(0), message(1)]
    assert kept.again() == []


def test_what_the_broker_confirmed_long_before_its_last_answer_is_kept_no_longer():
    kept = Kept(keep_s=10)
    for n in range(2):
        kept.sent(n, message(n))
        kept.confirmed(n, now=100.0 + n)
    kept.answered(now=110.5)
    assert kept.again() == [message(1)]


def test_what_is_retained_is_not_kept():
    kept = Kept()
    kept.sent(1, message(1, retain=True))
    kept.confirmed(1, now=1.0)
    assert kept.again() == []


def test_a_broker_that_forgot_what_it_had_confirmed_is_told_again(broker: Broker):
    unit = Device("meter", "meter", "gatehouse", "meter", "secret")
    line = Line(Address("127.0.0.1", broker.port), unit, Manners(listens="gh/v1/+/meter/down/#"))
    fleet = Fleet([line])
    assert eventually(lambda: fleet.poll(0.05) or fleet.ready)
    heard = FieldDevice(broker, "gh/#")
    fleet.say([message(1)])
    assert eventually(lambda: fleet.poll(0.05) or heard.got)
    heard.leave()
    fleet.poll(0.2)  # the confirmation
    broker.stop()  # it writes nothing down
    assert eventually(lambda: fleet.poll(0.05) or line.client.socket() is None)
    broker.start()
    again = FieldDevice(broker, "gh/#")
    assert eventually(lambda: fleet.poll(0.05) or again.got)
    assert [payload for _, payload in again.got] == [b"1"]
    again.leave()
    fleet.close()
