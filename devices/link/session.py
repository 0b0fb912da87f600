"""A persistent MQTT session that loses no message when a process is killed.

The broker stores the session (a stable client id, never a clean start, QoS 1) and each message
until it is acknowledged, which the caller does after its commit. After a kill -9 of this process,
of PostgreSQL or of the broker, messages are at worst delivered twice, and the caller's unique keys
make a duplicate change nothing.

The session has no thread: `receive` waits on the network itself and `publish` writes to the socket
before it returns, so neither waits for another thread to be scheduled. Use a session from one
thread only.
"""

import logging
import random
import select
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.link.address import Address
from devices.link.client import RECEIVE_MAXIMUM, Connection, name_at_broker, other_version
from devices.link.packets import Message
from devices.link.subscriptions import Subscriptions

V5 = MQTTProtocolVersion.MQTTv5
logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
# A broker without MQTT 5 may misread CONNECT and wait for more of it for ever.
ANSWER_TIMEOUT_S = 3.0
KNOWN_ATTEMPTS = 3  # in the version that the broker accepted last, before one in the other
GATHER_STEP_S = 0.01
# Unread messages stay in the broker, so that huge messages cannot fill our memory.
MAX_BUFFERED_BYTES = 32 * 1024 * 1024
UNSUPPORTED_VERSION = "Unsupported protocol version"


class HasFileno(Protocol):
    """An object that ``poll`` can wait for, such as a database connection with LISTEN."""

    def fileno(self) -> int:
        """Return its file descriptor."""


class Session:
    """A session with the broker; it connects and reconnects inside `receive`.

    Args:
        url: the broker (see `Address.of`).
        client_id: must never change, since the broker queues messages under it. Two running
            processes must not share one: each would disconnect the other.
        topics: the topic filters to subscribe to.
        qos: QoS of the subscriptions.
        group: name of a shared subscription, where each message goes to one member; None where
            this session receives every message.
        window: how many unacknowledged messages the broker may send.
        keep_received: whether received messages are returned although the connection was lost
            meanwhile. The broker normally delivers them again, unless it was killed before it had
            stored them: for callers to which duplicates are harmless.
        plain_client_id: whether ``client_id`` is sent as it is, although it can be guessed.

    Raises:
        AddressError: the url is not a broker URL.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        topics: Sequence[str],
        qos: int = 1,
        *,
        group: str | None = None,
        window: int = RECEIVE_MAXIMUM,
        keep_received: bool = False,
        plain_client_id: bool = False,
    ) -> None:
        self.address = Address.of(url)
        self.client_id = client_id
        self._subscriptions = Subscriptions(topics, qos, group)
        self._window = window
        self._keep_received = keep_received
        self._name = client_id if plain_client_id else name_at_broker(client_id)
        self._version = V5
        self._known_version: MQTTProtocolVersion | None = None  # accepted last
        self._unanswered = 0  # attempts since
        self._client: Connection | None = None
        self._answered = False  # CONNACK has arrived, in our protocol version
        self._accepted = False
        self._resumed = False
        self._generation = 0
        self._inbox: deque[Message] = deque()
        self._buffered_bytes = 0
        self._pause = FIRST_PAUSE_S
        self._try_at = 0.0
        self._answer_by = 0.0

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the connection and confirmed all subscriptions."""
        return self._accepted and self._subscriptions.complete

    @property
    def shared(self) -> bool:
        """Whether the subscriptions of this connection are shared."""
        return self._subscriptions.shared

    @property
    def resumed(self) -> bool:
        """Whether the broker resumed an existing session."""
        return self._resumed

    @property
    def uses_mqtt5(self) -> bool:
        """Whether the connection uses MQTT 5."""
        return self._version == V5

    @property
    def generation(self) -> int:
        """The number of connections lost so far."""
        return self._generation

    def receive(
        self,
        max_n: int,
        timeout: float,
        *,
        linger: float = 0.0,
        wake_on: Sequence[HasFileno] = (),
    ) -> list[Message]:
        """Wait for messages and return up to ``max_n``, in the order of their arrival.

        It returns with the first message, or empty after ``timeout`` seconds. With ``linger`` it
        collects more for that many seconds after the first one, or until there are ``max_n``. It
        returns early, possibly empty, when one of ``wake_on`` becomes readable. Call it at least
        every 30 s, since it also keeps the connection alive; with ``max_n`` 0 it does only that.
        """
        deadline = time.monotonic() + timeout
        woken = self._serve(0.0, wake_on) if len(self._inbox) < max(max_n, 1) else False
        while not woken and not (self._inbox and max_n):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            woken = self._serve(left, wake_on)
        if linger and self._inbox:
            self._gather(max_n, linger)
        received = [self._inbox.popleft() for _ in range(min(max_n, len(self._inbox)))]
        self._buffered_bytes -= sum(len(message.payload) for message in received)
        return received

    def gather(self, timeout: float, wake_on: Sequence[HasFileno]) -> None:
        """Buffer messages for the next `receive`, until one of ``wake_on`` becomes readable.

        It polls in steps, since one wake-up for each message costs more.
        """
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            woken = _readable(wake_on, min(left, GATHER_STEP_S))
            self._serve(0.0, ())
            if woken:
                return

    def subscribe_only(self, topics: Sequence[str]) -> None:
        """Subscribe to these filters and unsubscribe from others; existing ones are kept."""
        self._subscriptions.subscribe_only(topics)
        self._flush()

    def ack(self, messages: Sequence[Message]) -> None:
        """Acknowledge messages, in the order in which `receive` returned them.

        Messages of a lost connection are skipped, since the broker delivers them again.
        """
        if self._client is None:
            return
        ours = self._generation
        self._client.acknowledge([m.mid for m in messages if m.mid and m.generation == ours])
        self._flush()

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """Unsubscribe from these filters; see `unsubscribed`."""
        self._subscriptions.unsubscribe(topics)
        self._flush()

    @property
    def unsubscribed(self) -> bool:
        """Whether the broker has confirmed every `unsubscribe`.

        The broker answers in order, so all messages from before have arrived by then.
        """
        return self._subscriptions.unsubscribed

    def publish(self, topic: str, payload: bytes, qos: int = 1, expiry: int | None = None) -> bool:
        """Publish at once, and return whether the message was handed to the network.

        It is never re-sent automatically: a command that is lost with the connection stays
        unanswered instead of being executed late. It is never retained.

        Args:
            topic: a topic without wildcards.
            payload: the bytes.
            qos: 0 or 1.
            expiry: seconds after which the broker discards it (MQTT 5 only).
        """
        if self._client is None or not self._accepted:
            return False
        properties = None
        if expiry is not None and self._version == V5:
            properties = Properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = expiry
        info = self._client.publish(topic, payload, qos, retain=False, properties=properties)
        self._flush()
        return info.rc == mqtt.MQTT_ERR_SUCCESS

    def stop(self, *, delete_session: bool = False) -> None:
        """Disconnect; the broker keeps the session and queues messages for it.

        Args:
            delete_session: have the broker delete the session with its queue (MQTT 5 only).
        """
        client, self._client = self._client, None
        self._accepted = False
        self._subscriptions.closed()
        self._drop_inbox()
        if client is not None:
            client.on_disconnect = None
            client.disconnect_gracefully(delete_session=delete_session)

    # -- the connection ------------------------------------------------------------------------

    def _serve(self, timeout: float, wake_on: Sequence[HasFileno]) -> bool:
        """Do one round of network work; return whether one of ``wake_on`` is readable."""
        if self._client is None and time.monotonic() >= self._try_at:
            self._connect()
        self._flush()
        woken, readable = self._wait(timeout, wake_on)
        if readable:
            self._read()
        if self._client is not None:
            if not self._has_room:
                self._client.note_traffic()
            self._client.loop_misc()
        self._check_answer_timeout()
        self._flush()
        return woken

    def _wait(self, timeout: float, wake_on: Sequence[HasFileno]) -> tuple[bool, bool]:
        """Wait for readiness; return (one of ``wake_on`` is ready, the socket is ready)."""
        poll = select.poll()
        for other in wake_on:
            poll.register(other, select.POLLIN)
        sock = self._client.buffered if self._client is not None else None
        if sock is None:
            timeout = min(timeout, max(self._try_at - time.monotonic(), 0.0))
            return bool(poll.poll(timeout * 1000)), False
        if not self._answered:
            timeout = min(timeout, max(self._answer_by - time.monotonic(), 0.0))
        reads = self._has_room
        inside = reads and self._client is not None and self._client.more_to_read
        poll.register(
            sock, (select.POLLIN if reads else 0) | (select.POLLOUT if sock.unsent else 0)
        )
        ready = {number for number, _ in poll.poll(0 if inside else timeout * 1000)}
        ours = sock.fileno()
        return bool(ready - {ours}), ours in ready or inside

    def _read(self) -> None:
        while self._client is not None and self._has_room:
            messages = self._client.read(self._generation)
            self._inbox.extend(messages)
            self._buffered_bytes += sum(len(message.payload) for message in messages)
            if self._client is None or not self._client.more_to_read:
                return

    @property
    def _has_room(self) -> bool:
        return len(self._inbox) < self._window and self._buffered_bytes < MAX_BUFFERED_BYTES

    def _flush(self) -> None:
        if self._client is not None:
            self._client.flush()

    def _gather(self, max_n: int, linger: float) -> None:
        """Collect more messages, in steps, since one wake-up for each message costs more."""
        until = time.monotonic() + linger
        while len(self._inbox) < max_n and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, GATHER_STEP_S))
            self._serve(0.0, ())

    def _connect(self) -> None:
        """Connect with a new paho client, which has no old messages to re-send."""
        client = Connection(self.address, self._name, self._version, self._window)
        self._answered = False
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        try:
            client.open()
        except OSError as error:
            self._pause_before_next(f"{self.address} does not answer ({error})")
        else:
            self._client = client
            self._answer_by = time.monotonic() + ANSWER_TIMEOUT_S

    def _check_answer_timeout(self) -> None:
        if self._client is not None and not self._answered and time.monotonic() >= self._answer_by:
            self._client.disconnect()

    def _on_connect(
        self, client: Any, _data: object, flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure:
            logger.warning("%s rejects %s: %s", self.address, self.client_id, reason)
            self._answered = str(reason) != UNSUPPORTED_VERSION
            return
        self._answered = self._accepted = True
        self._known_version, self._unanswered = self._version, 0
        self._resumed = bool(flags.session_present)
        self._pause = FIRST_PAUSE_S
        shares = self._version == V5 and getattr(properties, "SharedSubscriptionAvailable", 1) != 0
        self._subscriptions.opened(client, shares=shares, resumed=self._resumed)

    def _on_subscribe(
        self, _client: object, _data: object, mid: int, reasons: list[ReasonCode], _props: object
    ) -> None:
        rejected = self._subscriptions.confirmed(mid, reasons)
        if rejected:
            logger.error(
                "%s rejects subscriptions of %s: %s", self.address, self.client_id, rejected
            )
        elif self._subscriptions.complete:
            logger.info("%s listens at %s", self.client_id, self.address)

    def _on_unsubscribe(self, _client: object, _data: object, mid: int, *_: object) -> None:
        self._subscriptions.ended(mid)

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        # paho passes only packets that were too large to be read at once. This only appends, since
        # an exception would make paho pass the same packet for ever.
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\ufffd"
        mid = message.mid if message.qos else 0
        payload = bytes(message.payload)
        self._inbox.append(Message(topic, payload, message.retain, mid, self._generation))
        self._buffered_bytes += len(payload)

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, _props: object
    ) -> None:
        if not self._answered:
            self._switch_version()
        elif self._subscriptions.group is not None:
            self._version = V5  # where messages are shared
        self._client = None
        self._accepted = False
        self._subscriptions.closed()
        self._generation += 1
        if not self._keep_received:  # the broker delivers them again
            self._drop_inbox()
        self._pause_before_next(f"the connection to {self.address} is lost ({reason})")

    def _drop_inbox(self) -> None:
        self._inbox.clear()
        self._buffered_bytes = 0

    def _switch_version(self) -> None:
        # A broker without MQTT 5 rejects it or closes the connection. So may one that is starting;
        # the other version does no harm then, since sessions are the same in both. The version
        # that was accepted before is tried first: a broker seldom changes, and often restarts.
        self._unanswered += 1
        known = self._known_version
        other_is_due = self._unanswered % (KNOWN_ATTEMPTS + 1) == KNOWN_ATTEMPTS
        if known is None or other_is_due:
            self._version = other_version(known or self._version)
        else:
            self._version = known

    def _pause_before_next(self, why: str) -> None:
        # Half of it is random, so that many clients do not reconnect at the same instant.
        pause = self._pause * (0.5 + random.random() / 2)  # noqa: S311 - no secret
        self._try_at = time.monotonic() + pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
        logger.warning("%s: %s; next attempt in %.1f s", self.client_id, why, pause)


def _readable(others: Sequence[HasFileno], timeout: float) -> bool:
    poll = select.poll()
    for other in others:
        poll.register(other, select.POLLIN)
    return bool(poll.poll(timeout * 1000))
