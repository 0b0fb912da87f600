"""One connection to the broker: a paho client over a buffered socket, without a thread."""

import socket
import ssl
from typing import Any, cast

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from devices.link.address import Address
from devices.link.buffered import BufferedSocket

KEEPALIVE_S = 60
CONNECT_TIMEOUT_S = 5.0
SESSION_EXPIRY_S = 30 * 24 * 3600
# So many messages may be with us unacknowledged. MQTT 3.1.1 can't ask for it: there it is the
# broker's own setting, mosquitto's max_inflight_messages.
RECEIVE_MAXIMUM = 2000
ANY_CLIENT_ID_LENGTH = 65_535


class Connection(mqtt.Client):
    """A paho client that acknowledges by hand, keeps its session, and is driven from outside."""

    def __init__(self, address: Address, client_id: str, version: MQTTProtocolVersion) -> None:
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
        wishes.ReceiveMaximum = RECEIVE_MAXIMUM
        # paho's default would wipe the session at the first connection of each process.
        self.connect(host, port, KEEPALIVE_S, clean_start=False, properties=wishes)

    @property
    def buffered(self) -> BufferedSocket | None:
        """The socket, or None when there is none any more."""
        return cast(BufferedSocket | None, self.socket())  # `_create_socket` made it

    @property
    def more_to_read(self) -> bool:
        """Whether bytes have been read ahead that make another packet, or a part of one."""
        sock = self.buffered
        return sock is not None and sock.pending() > 0

    def flush(self) -> None:
        """Write what waits, as far as the network takes it."""
        if self.want_write():
            self.loop_write()
        sock = self.buffered
        if sock is not None:
            sock.flush()

    def leave(self) -> None:
        """Say good-bye, and close when the broker has read all that was sent before."""
        if self.buffered is not None:
            self.buffered.patient = True
        self.disconnect()

    def _create_socket(self) -> Any:
        return BufferedSocket(cast(socket.socket, super()._create_socket()))
