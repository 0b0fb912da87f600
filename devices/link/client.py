"""One connection to the broker: a paho client over a buffered socket, without a thread.

Messages and their acknowledgements pass by paho (`devices.link.packets`); the rest is paho's.
"""

import socket
import ssl
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

KEEPALIVE_S = 60
CONNECT_TIMEOUT_S = 5.0
SESSION_EXPIRY_S = 30 * 24 * 3600
# So many messages may be with us unacknowledged. MQTT 3.1.1 can't ask for it: there it is the
# broker's own setting, mosquitto's max_inflight_messages.
RECEIVE_MAXIMUM = 2000


def name_at_broker(client_id: str) -> str:
    """Return the client id that the broker gets: one that nobody can know who has not our key.

    A broker gives a session to whoever names it, under whatever account. A device that called
    itself what we do would end our connection, and could have what waits for us thrown away.
    """
    return f"{client_id}-{keys.derive(f'mqtt client {client_id}', 12).hex()}"


class Connection(mqtt.Client):
    """A paho client that acknowledges by hand, keeps its session, and is driven from outside."""

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
            # In MQTT 5 the clean start is said at `open`; paho refuses the older flag there.
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
        """Connect the socket and send CONNECT; the answer comes to ``on_connect``.

        Raises:
            OSError: nothing answers at the address.
        """
        host, port = self.address.host, self.address.port
        if self.protocol != MQTTProtocolVersion.MQTTv5:
            self.connect(host, port, KEEPALIVE_S)
            return
        wishes = Properties(PacketTypes.CONNECT)
        wishes.SessionExpiryInterval = SESSION_EXPIRY_S
        wishes.ReceiveMaximum = self._window
        # paho's default would wipe the session at the first connection of each process.
        self.connect(host, port, KEEPALIVE_S, clean_start=False, properties=wishes)

    @property
    def buffered(self) -> BufferedSocket | None:
        """The socket, or None when there is none any more."""
        return cast(BufferedSocket | None, self.socket())  # `_create_socket` made it

    @property
    def more_to_read(self) -> bool:
        """Whether something can be read now, so that nobody need wait for it."""
        sock = self.buffered
        return sock is not None and (sock.pending or _can_be_taken(sock) is not None)

    def read(self, generation: int) -> list[packets.Message]:
        """Read once from the network: messages are returned, the rest is paho's to handle.

        Args:
            generation: of the connection, for the messages.
        """
        sock = self.buffered
        if sock is None:
            return []
        if not sock.lent and not _can_be_taken(sock):
            sock.fill()
        if sock.lent or (sock.ended and not _can_be_taken(sock)):
            self.loop_read()
            return []
        found, end = packets.publishes(
            sock.ahead, 0, generation, properties=self.protocol == MQTTProtocolVersion.MQTTv5
        )
        sock.skip(end)
        if not found and (head := _can_be_taken(sock)):
            sock.lend(head.end)
            self.loop_read()
        return found

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Tell the broker, at the next `flush`, that these messages are done with."""
        sock = self.buffered
        if sock is not None and mids:
            sock.send(packets.pubacks(mids))

    def flush(self) -> None:
        """Write what waits, as far as the network takes it."""
        if self.want_write():
            self.loop_write()
        sock = self.buffered
        if sock is not None:
            sock.flush()

    def leave(self, *, for_good: bool = False) -> None:
        """Say good-bye, and close when the broker has read all that was sent before.

        Args:
            for_good: have the broker forget the session; MQTT 3.1.1 has no word for that.
        """
        if self.buffered is not None:
            self.buffered.patient = True
        if for_good and self.protocol == MQTTProtocolVersion.MQTTv5:
            wishes = Properties(PacketTypes.DISCONNECT)
            wishes.SessionExpiryInterval = 0
            self.disconnect(properties=wishes)
        else:
            self.disconnect()

    def _create_socket(self) -> Any:
        return BufferedSocket(cast(socket.socket, super()._create_socket()))


def _can_be_taken(sock: BufferedSocket) -> packets.Header | None:
    """Return the header of the next packet when it is whole, or so large that paho gathers it."""
    head = packets.header(sock.ahead, 0)
    if head is not None and (head.end <= len(sock.ahead) or head.end > READ_AHEAD):
        return head
    return None
