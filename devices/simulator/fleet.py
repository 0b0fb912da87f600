"""The devices' connections to the broker, one each, all run by one thread."""

import select
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from .resending import UnconfirmedMessages
from .scenario import Address, Device
from .speech import Message

KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 3.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
# A connection that ends sooner may have been taken over by another program with its account.
STABLE_S = 5.0
MOST_WAITING = 500  # messages that a device keeps while the broker is away
OURS = "gh/"  # what the topics of our own protocol begin with
Words = Callable[[], Message | None]


@dataclass(frozen=True, slots=True)
class Received:
    """A message for a device."""

    device: str
    topic: str
    payload: bytes


@dataclass(slots=True)
class Manners:
    """What a device publishes when it connects and when it is lost."""

    listens: str
    hello: Words = field(default=lambda: None)
    farewell: Words = field(default=lambda: None)


class Line:
    """One device's connection; it reconnects by itself, with growing delays."""

    def __init__(
        self,
        address: Address,
        device: Device,
        manners: Manners,
        *,
        eager: bool = False,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self.address, self.device, self.manners = address, device, manners
        self.trouble = ""  # why it is not connected
        self.inbox: list[Received] = []
        self.ready = False  # connected and subscribed
        self._unconfirmed = UnconfirmedMessages()
        self._next_try, self._pause = 0.0, FIRST_PAUSE_S
        self._ready_since: float | None = None
        # Connects again at once, for a program that takes over the account for a few seconds.
        self._eager = eager
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            device.code,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self.client.username_pw_set(device.username, device.password)
        self.client.connect_timeout = CONNECT_TIMEOUT_S
        self.client.max_queued_messages_set(most_waiting)
        if address.tls:
            self.client.tls_set_context(ssl.create_default_context())
        self.client.on_connect = self._connected
        self.client.on_subscribe = self._subscribed
        self.client.on_message = self._came
        self.client.on_publish = self._published

    def maintain(self, now: float) -> None:
        """Keep the connection alive, or reconnect when its delay is over."""
        if self.client.socket() is not None:
            self.client.loop_misc()
        elif self._eager or now >= self._next_try:
            if self._ready_since is not None and now - self._ready_since > STABLE_S:
                self._pause = FIRST_PAUSE_S
            self._next_try, self._pause = now + self._pause, min(self._pause * 2, LONGEST_PAUSE_S)
            self.ready, self._ready_since = False, None
            self._dial()

    def publish(self, message: Message) -> None:
        """Publish; while the broker is away the message is queued."""
        data = self.client.publish(message.topic, message.payload, qos=1, retain=message.retain)
        if message.topic.startswith(OURS):
            self._unconfirmed.sent(data.mid, message)

    def read(self) -> None:
        """Read what the broker has sent."""
        if self.client.loop_read() == mqtt.MQTT_ERR_SUCCESS:
            self._unconfirmed.answered(time.monotonic())

    def close(self) -> None:
        """Disconnect cleanly."""
        last = self.manners.farewell()
        if self.client.socket() is not None and last is not None:
            self.publish(last)
        self.client.disconnect()

    def _dial(self) -> None:
        last = self.manners.farewell()
        if last is not None:
            self.client.will_set(last.topic, last.payload, qos=1, retain=last.retain)
        try:
            self.client.connect(self.address.host, self.address.port, KEEPALIVE_S)
        except (OSError, ssl.SSLError) as error:
            where = f"{self.address.host}:{self.address.port}"
            self.trouble = f"no broker at {where}: {error}"

    def _connected(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.ConnectFlags,
        code: ReasonCode,
        properties: object,
    ) -> None:
        if code.is_failure:
            self.trouble = f"the broker refuses {self.device.username}: {code}"
            return
        if self.manners.listens:
            client.subscribe(self.manners.listens, qos=1)
        else:
            self._subscribed(client)

    def _subscribed(self, client: mqtt.Client, *_: object) -> None:
        self.ready, self.trouble, self._ready_since = True, "", time.monotonic()
        for message in self._unconfirmed.again():
            self.publish(message)
        first = self.manners.hello()
        if first is not None:
            self.publish(first)

    def _published(self, client: mqtt.Client, userdata: object, mid: int, *_: object) -> None:
        self._unconfirmed.confirmed(mid, time.monotonic())

    def _came(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        if not message.topic.endswith("/reply"):
            self.inbox.append(Received(self.device.code, message.topic, bytes(message.payload)))


class Fleet:
    """All connections of a simulation; `report` is called when they are lost and restored."""

    def __init__(
        self, lines: Iterable[Line], report: Callable[[str], None] = lambda line: None
    ) -> None:
        self.lines, self.report = {line.device.code: line for line in lines}, report
        self._looked = 0.0
        self._problems: set[str] = set()

    @property
    def ready(self) -> bool:
        """Whether every device is connected and subscribed."""
        return all(line.ready for line in self.lines.values())

    def publish(self, messages: Iterable[Message]) -> None:
        """Publish the messages of devices."""
        for message in messages:
            self.lines[message.device].publish(message)

    def poll(self, seconds: float) -> list[Received]:
        """Read and write until a message arrives, up to so many seconds; return the messages."""
        self._maintain()
        sockets: dict[Any, Line] = {
            sock: line for line in self.lines.values() if (sock := line.client.socket()) is not None
        }
        wanting = [sock for sock, line in sockets.items() if line.client.want_write()]
        if not sockets:
            time.sleep(max(0.0, seconds))
            return []
        readable, writable, _ = select.select(list(sockets), wanting, [], max(0.0, seconds))
        for sock in readable:
            sockets[sock].read()
        for sock in writable:
            sockets[sock].client.loop_write()
        return self._drain()

    def close(self, seconds: float = 2.0) -> None:
        """Disconnect every device; messages that the broker does not accept in time are dropped."""
        for line in self.lines.values():
            line.close()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._flush():
            time.sleep(0.005)

    def _flush(self) -> bool:
        """Write queued data; return whether some is left."""
        waiting = [line for line in self.lines.values() if line.client.socket() is not None]
        for line in waiting:
            line.client.loop_write()
        return any(line.client.want_write() for line in waiting)

    def _maintain(self) -> None:
        now = time.monotonic()
        if now - self._looked >= 0.2:
            self._looked = now
            for line in self.lines.values():
                line.maintain(now)
            self._report_failures()

    @property
    def problems(self) -> set[str]:
        """Return why devices are not connected, each reason once."""
        return {line.trouble for line in self.lines.values() if line.trouble}

    def _report_failures(self) -> None:
        problems = self.problems
        for text in sorted(problems - self._problems):
            self.report(text)
        if self._problems and not problems:
            self.report("all devices are connected again")
        self._problems = problems

    def _drain(self) -> list[Received]:
        received: list[Received] = []
        for line in self.lines.values():
            received += line.inbox
            line.inbox.clear()
        return received
