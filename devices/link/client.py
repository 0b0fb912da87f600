"""One connection to the broker: a paho client over a buffered socket, without a thread.

Messages and their acknowledgements bypass paho (`devices.link.packets`).
"""

import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any, cast

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from core import keys
from devices.link import packets
from devices.link.address import Address
from devices.link.buffered import READ_AHEAD, BufferedSocket

# A broker that stops without closing the connection is noticed after twice this time.
KEEPALIVE_S = 10
CONNECT_TIMEOUT_S = 2.0
SESSION_EXPIRY_S = 30 * 24 * 3600
# Unacknowledged messages that the broker may send. MQTT 3.1.1 cannot negotiate it; there it is a
# setting of the broker (mosquitto: max_inflight_messages).
RECEIVE_MAXIMUM = 2000


def name_at_broker(client_id: str) -> str:
    """Return the client id for the broker, which cannot be guessed without the master key.

    A broker assigns a session to any client that names its id, whatever its account. A device with
    our client id would end our connection, and could discard our queued messages.
    """
    return f"{client_id}-{keys.derive(f'mqtt client {client_id}', 12).hex()}"


def other_version(version: MQTTProtocolVersion) -> MQTTProtocolVersion:
    """Return the other of the two MQTT versions that we use."""
    is_5 = version == MQTTProtocolVersion.MQTTv5
    return MQTTProtocolVersion.MQTTv311 if is_5 else MQTTProtocolVersion.MQTTv5


class Connection(mqtt.Client):
    """A paho client with manual acknowledgement and a persistent session, run by `Session`."""

    def __init__(
        self,
        address: Address,
        client_id: str,
        version: MQTTProtocolVersion,
        window: int = RECEIVE_MAXIMUM,
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id,
            # In MQTT 5 the clean start is a parameter of `open`; paho rejects this flag then.
            clean_session=None if version == MQTTProtocolVersion.MQTTv5 else False,
            protocol=version,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self.address = address
        self._window = window
        self.connect_timeout = CONNECT_TIMEOUT_S
        if address.username is not None:
            self.username_pw_set(address.username, address.password)
        if address.tls:
            self.tls_set_context(ssl.create_default_context())

    def open(self) -> None:
        """Connect the socket and send CONNECT; ``on_connect`` receives the answer.

        Raises:
            OSError: the address cannot be reached.
        """
        host, port = self.address.host, self.address.port
        if self.protocol != MQTTProtocolVersion.MQTTv5:
            self.connect(host, port, KEEPALIVE_S)
            return
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = self._window
        # paho's default would delete the session at the first connection of each process.
        self.connect(host, port, KEEPALIVE_S, clean_start=False, properties=properties)

    @property
    def buffered(self) -> BufferedSocket | None:
        """The socket, or None when it is closed."""
        return cast(BufferedSocket | None, self.socket())  # made by `_create_socket`

    @property
    def more_to_read(self) -> bool:
        """Whether something can be read without waiting."""
        sock = self.buffered
        return sock is not None and (sock.pending or _complete_packet(sock) is not None)

    def read(self, generation: int) -> list[packets.Message]:
        """Read once from the network; return messages and have paho handle other packets.

        Args:
            generation: number of the connection, stored in the messages.
        """
        sock = self.buffered
        if sock is None:
            return []
        if not sock.lent and not _complete_packet(sock):
            sock.fill()
            self.note_traffic()
        if sock.lent or (sock.ended and not _complete_packet(sock)):
            self.loop_read()
            return []
        found, end = packets.publishes(
            sock.ahead, 0, generation, properties=self.protocol == MQTTProtocolVersion.MQTTv5
        )
        sock.skip(end)
        if not found and (head := _complete_packet(sock)):
            sock.lend(head.end)
            self.loop_read()
        return found

    def note_traffic(self) -> None:
        """Restart the keepalive: the broker was heard, or is not being read on purpose.

        Messages bypass paho, which would otherwise wait for a PINGRESP that stands behind them.
        """
        self._last_bytes_received = time.monotonic()
        self._ping_t = 0.0

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Acknowledge these messages with the next `flush`."""
        sock = self.buffered
        if sock is not None and mids:
            sock.send(packets.pubacks(mids))

    def flush(self) -> None:
        """Write the buffers as far as the network accepts."""
        if self.want_write():
            self.loop_write()
        sock = self.buffered
        if sock is not None:
            sock.flush()

    def disconnect_gracefully(self, *, delete_session: bool = False) -> None:
        """Send DISCONNECT, and close when the broker has read everything sent before.

        Args:
            delete_session: have the broker delete the session, which MQTT 3.1.1 cannot request.
        """
        if self.buffered is not None:
            self.buffered.linger = True
        if delete_session and self.protocol == MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.DISCONNECT)
            properties.SessionExpiryInterval = 0
            self.disconnect(properties=properties)
        else:
            self.disconnect()

    def _create_socket(self) -> Any:
        return BufferedSocket(cast(socket.socket, super()._create_socket()))


def _complete_packet(sock: BufferedSocket) -> packets.Header | None:
    """Return the header of the next packet if it is complete, or too large for the buffer."""
    head = packets.header(sock.ahead, 0)
    if head is not None and (head.end <= len(sock.ahead) or head.end > READ_AHEAD):
        return head
    return None
