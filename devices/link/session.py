"""A durable MQTT session: nothing that the broker was given for us is lost, whoever dies.

The broker keeps the session (a stable client id, never a clean start, QoS 1) and each message until
it is acknowledged, which the caller does after its commit. So a kill -9 of this process, of
PostgreSQL or of the broker costs a second delivery at worst, and the caller's unique keys make a
second delivery change nothing.

The session has no thread: `take` waits on the network itself and `publish` writes to the socket
before it returns. A message therefore reaches the caller, and a command leaves, without waiting for
another thread to be scheduled. Use one session from one thread.
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
from devices.link.client import RECEIVE_MAXIMUM, Connection, name_at_broker
from devices.link.packets import Message
from devices.link.subscriptions import Subscriptions

V5 = MQTTProtocolVersion.MQTTv5
logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
# A broker that has no MQTT 5 may wait for ever for the rest of a CONNECT it misread.
ANSWER_TIMEOUT_S = 3.0
GATHER_STEP_S = 0.01
# What is not read stays in the broker: somebody who sends huge messages must not fill our memory.
MOST_BYTES_HELD = 32 * 1024 * 1024
UNSUPPORTED_VERSION = "Unsupported protocol version"


class HasFileno(Protocol):
    """Something that ``poll`` can wait for, such as a database connection that listens."""

    def fileno(self) -> int:
        """Return its file descriptor."""


class Session:
    """A session with the broker; it connects, and connects again, inside `take`.

    Args:
        url: the broker (see `Address.of`).
        client_id: stable for ever: it is the name the broker keeps our messages under. Two living
            processes must never share one: each would send the other away.
        topics: the filters to listen to.
        qos: of the subscriptions.
        group: the name of those who share these messages, each of which goes to one of them; None
            where every message is ours.
        window: how many messages may be with us unacknowledged.
        keeps: whether what was received is handed over also when the connection is lost before.
            The broker sends it again then, unless it was killed before it had written it down: for
            those whom a second copy costs little.
        named_plainly: whether the broker knows us by ``client_id`` itself, which anybody can guess.

    Raises:
        AddressError: the url is no broker's address.
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
        keeps: bool = False,
        named_plainly: bool = False,
    ) -> None:
        self.address = Address.of(url)
        self.client_id = client_id
        self._subscriptions = Subscriptions(topics, qos, group)
        self._window = window
        self._keeps = keeps
        self._name = client_id if named_plainly else name_at_broker(client_id)
        self._version = V5
        self._client: Connection | None = None
        self._answered = False  # CONNACK came, in the version that we speak
        self._accepted = False
        self._resumed = False
        self._generation = 0
        self._inbox: deque[Message] = deque()
        self._held_bytes = 0
        self._pause = FIRST_PAUSE_S
        self._try_at = 0.0
        self._answer_by = 0.0

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and has confirmed our subscriptions."""
        return self._accepted and self._subscriptions.complete

    @property
    def shared(self) -> bool:
        """Whether the messages of this connection are shared with the group."""
        return self._subscriptions.shared

    @property
    def resumed(self) -> bool:
        """Whether the broker knew this session when it accepted us."""
        return self._resumed

    @property
    def speaks_5(self) -> bool:
        """Whether the connection is one of MQTT 5."""
        return self._version == V5

    @property
    def generation(self) -> int:
        """How many connections were lost before this one."""
        return self._generation

    def take(
        self,
        max_n: int,
        timeout: float,
        *,
        linger: float = 0.0,
        wake_on: Sequence[HasFileno] = (),
    ) -> list[Message]:
        """Wait for messages and return up to ``max_n``, in the order in which they came.

        It returns as soon as there is one, or empty after ``timeout`` seconds. With ``linger`` it
        goes on gathering for so many seconds after the first one, or until ``max_n`` are there.
        It returns early, perhaps empty, when one of ``wake_on`` can be read. Call it at least every
        half minute: it also keeps the connection alive. With ``max_n`` 0 it does only that.
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
        taken = [self._inbox.popleft() for _ in range(min(max_n, len(self._inbox)))]
        self._held_bytes -= sum(len(message.payload) for message in taken)
        return taken

    def gather(self, timeout: float, wake_on: Sequence[HasFileno]) -> None:
        """Let messages come for the next `take`, for so long or until one can be read.

        In steps, as one wake-up for each message costs more.
        """
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            woken = _readable(wake_on, min(left, GATHER_STEP_S))
            self._serve(0.0, ())
            if woken:
                return

    def listen_to(self, topics: Sequence[str]) -> None:
        """Listen to these filters and no others, from now on; those that stay are not disturbed."""
        self._subscriptions.listen_to(topics)
        self._flush()

    def ack(self, messages: Sequence[Message]) -> None:
        """Tell the broker that these are done with; give them in the order `take` gave them.

        Those of a connection that is gone are passed over: the broker sends them again.
        """
        if self._client is None:
            return
        ours = self._generation
        self._client.acknowledge([m.mid for m in messages if m.mid and m.generation == ours])
        self._flush()

    def forget(self, topics: Sequence[str]) -> None:
        """Ask the broker to send us no more of what these filters match; see `forgotten`."""
        self._subscriptions.forget(topics)
        self._flush()

    @property
    def forgotten(self) -> bool:
        """Whether the broker has confirmed every `forget`.

        It answers in order: what it had to send when it read our words came before.
        """
        return self._subscriptions.forgotten

    def publish(self, topic: str, payload: bytes, qos: int = 1, expiry: int | None = None) -> bool:
        """Send at once, and return whether it was handed to the network.

        It is never sent again by itself: a command that a lost connection swallowed stays
        unanswered rather than being carried out late. It is never retained.

        Args:
            topic: no wildcards.
            payload: the bytes.
            qos: 0 or 1.
            expiry: seconds after which the broker may no longer deliver it (MQTT 5 only).
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

    def stop(self, *, for_good: bool = False) -> None:
        """Take leave of the broker, which keeps the session and all that comes for it.

        Args:
            for_good: have it forget the session and all that waits in it, in MQTT 5.
        """
        client, self._client = self._client, None
        self._accepted = False
        self._subscriptions.closed()
        self._drop_inbox()
        if client is not None:
            client.on_disconnect = None
            client.leave(for_good=for_good)

    # -- the connection ------------------------------------------------------------------------

    def _serve(self, timeout: float, wake_on: Sequence[HasFileno]) -> bool:
        """Do one round of network work; True when one of ``wake_on`` can be read."""
        if self._client is None and time.monotonic() >= self._try_at:
            self._connect()
        self._flush()
        woken, readable = self._wait(timeout, wake_on)
        if readable:
            self._read()
        if self._client is not None:
            self._client.loop_misc()
        self._give_up_waiting_for_an_answer()
        self._flush()
        return woken

    def _wait(self, timeout: float, wake_on: Sequence[HasFileno]) -> tuple[bool, bool]:
        """Wait until something can be done: (one of ``wake_on`` is ready, our socket is)."""
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
            self._held_bytes += sum(len(message.payload) for message in messages)
            if self._client is None or not self._client.more_to_read:
                return

    @property
    def _has_room(self) -> bool:
        return len(self._inbox) < self._window and self._held_bytes < MOST_BYTES_HELD

    def _flush(self) -> None:
        if self._client is not None:
            self._client.flush()

    def _gather(self, max_n: int, linger: float) -> None:
        """Let more messages come; in steps, as one wake-up for each message costs more."""
        until = time.monotonic() + linger
        while len(self._inbox) < max_n and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, GATHER_STEP_S))
            self._serve(0.0, ())

    def _connect(self) -> None:
        """Begin a connection with a paho client of its own, so that nothing old is sent again."""
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

    def _give_up_waiting_for_an_answer(self) -> None:
        if self._client is not None and not self._answered and time.monotonic() >= self._answer_by:
            self._client.disconnect()

    def _on_connect(
        self, client: Any, _data: object, flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure:
            logger.warning("%s refuses %s: %s", self.address, self.client_id, reason)
            self._answered = str(reason) != UNSUPPORTED_VERSION
            return
        self._answered = self._accepted = True
        self._resumed = bool(flags.session_present)
        self._pause = FIRST_PAUSE_S
        shares = self._version == V5 and getattr(properties, "SharedSubscriptionAvailable", 1) != 0
        self._subscriptions.opened(client, shares=shares, resumed=self._resumed)

    def _on_subscribe(
        self, _client: object, _data: object, mid: int, reasons: list[ReasonCode], _props: object
    ) -> None:
        refused = self._subscriptions.confirmed(mid, reasons)
        if refused:
            logger.error("%s does not let %s listen to %s", self.address, self.client_id, refused)
        elif self._subscriptions.complete:
            logger.info("%s listens at %s", self.client_id, self.address)

    def _on_unsubscribe(self, _client: object, _data: object, mid: int, *_: object) -> None:
        self._subscriptions.ended(mid)

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        # Only what is too large to be read at once comes this way. It only appends: an exception
        # here would have paho hand over the same packet for ever.
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\ufffd"
        mid = message.mid if message.qos else 0
        payload = bytes(message.payload)
        self._inbox.append(Message(topic, payload, message.retain, mid, self._generation))
        self._held_bytes += len(payload)

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, _props: object
    ) -> None:
        if not self._answered:
            self._speak_the_other_version()
        elif self._subscriptions.group is not None:
            self._version = V5  # where messages are shared
        self._client = None
        self._accepted = False
        self._subscriptions.closed()
        self._generation += 1
        if not self._keeps:  # the broker sends it again
            self._drop_inbox()
        self._pause_before_next(f"the connection to {self.address} is lost ({reason})")

    def _drop_inbox(self) -> None:
        self._inbox.clear()
        self._held_bytes = 0

    def _speak_the_other_version(self) -> None:
        # A broker without MQTT 5 refuses it or just hangs up; so does one that is starting, for
        # which the other version is as good: sessions are the same in both.
        self._version = MQTTProtocolVersion.MQTTv311 if self._version == V5 else V5

    def _pause_before_next(self, why: str) -> None:
        # Half of it by chance, so that many clients don't come back in the same instant.
        pause = self._pause * (0.5 + random.random() / 2)  # noqa: S311 - no secret
        self._try_at = time.monotonic() + pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
        logger.warning("%s: %s; next try in %.1f s", self.client_id, why, pause)


def _readable(others: Sequence[HasFileno], timeout: float) -> bool:
    poll = select.poll()
    for other in others:
        poll.register(other, select.POLLIN)
    return bool(poll.poll(timeout * 1000))
