"""The control API of mosquitto's dynamic security plugin: commands and responses on MQTT topics.

A connection is opened for a few commands and closed again. A command is never retried here.
"""

import json
import secrets
import select
import ssl
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from django.utils.translation import gettext as _
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.link import Address, AddressError
from devices.ports import BrokerError

TOPIC = "$CONTROL/dynamic-security/v1"
RESPONSE_TOPIC = f"{TOPIC}/response"
CONNECT_TIMEOUT_S = 2.0
RESPONSE_TIMEOUT_S = 5.0
# mosquitto writes its whole file after each command (10 ms with 2,000 devices) and serves no client
# meanwhile. Small batches keep the delay of a waiting car short.
BATCH_SIZE = 4

Command = dict[str, Any]
Response = dict[str, Any]


class ControlConnection:
    """A connection to the broker's control topic; a context manager.

    Args:
        url: the broker, with the name and password of an account that may control it.

    Raises:
        BrokerError: from every operation, when the broker is unreachable or refuses.
    """

    def __init__(self, url: str) -> None:
        try:
            self._address = Address.of(url)
        except AddressError as error:
            text = _("MQTT_URL is not a broker URL: set it to mqtt://user:password@host:1883")
            raise BrokerError(text) from error
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self._client.connect_timeout = CONNECT_TIMEOUT_S
        self._client.username_pw_set(self._address.username, self._address.password)
        if self._address.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._subscribed = False
        self._refused = ""
        self._responses: list[list[Response]] = []
        self._correlation = ""

    @property
    def username(self) -> str:
        """The account that the connection uses."""
        return self._address.username or ""

    def __enter__(self) -> Self:
        """Connect, and subscribe to responses."""
        try:
            self._client.connect(self._address.host, self._address.port)
        except OSError as error:
            texts = {"address": self._address, "error": error.strerror or error}
            raise BrokerError(_("%(address)s does not answer (%(error)s)") % texts) from error
        self._wait_until(lambda: self._subscribed)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Disconnect."""
        self._client.disconnect()

    def query(self, commands: Sequence[Command]) -> list[Response]:
        """Send the commands in order, and return the response to each; some may be errors."""
        responses: list[Response] = []
        for start in range(0, len(commands), BATCH_SIZE):
            responses += self._send_batch(commands[start : start + BATCH_SIZE])
        return responses

    def execute(self, commands: Sequence[Command]) -> None:
        """Send the commands in order, and check that all succeeded.

        Raises:
            BrokerError: a command failed; those before it, and perhaps after it, took effect.
        """
        for command, response in zip(commands, self.query(commands), strict=True):
            if "error" in response:
                name = command.get("username") or command.get("rolename")
                texts = {"command": command["command"], "name": name, "error": response["error"]}
                raise BrokerError(_("%(command)s of %(name)s: %(error)s") % texts)

    def _send_batch(self, commands: Sequence[Command]) -> list[Response]:
        # Every control connection receives all responses; the correlation id marks our own.
        self._responses, self._correlation = [], secrets.token_hex(8)
        marked = [{**command, "correlationData": self._correlation} for command in commands]
        self._client.publish(TOPIC, json.dumps({"commands": marked}), qos=1)
        self._wait_until(lambda: bool(self._responses))
        return self._responses[0]

    def _wait_until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + RESPONSE_TIMEOUT_S
        while not happened():
            left = deadline - time.monotonic()
            if self._refused:
                raise BrokerError(self._refused)
            if left <= 0:
                text = _("%(address)s does not answer: is the dynamic security plugin loaded?")
                raise BrokerError(text % {"address": self._address})
            self._run_network(left)

    def _run_network(self, timeout: float) -> None:
        """Wait for the socket, then read and write once."""
        sock = self._client.socket()
        if sock is None:
            closed = _("%(address)s closed the connection") % {"address": self._address}
            self._refused = self._refused or closed
            return
        poll = select.poll()  # `Client.loop` uses select(), which fails above 1,023
        poll.register(sock, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        poll.poll(timeout * 1000)
        self._client.loop_read()
        self._client.loop_write()

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _more: object
    ) -> None:
        if reason.is_failure:
            self._refused = _(
                "%(address)s refuses '%(user)s' (%(reason)s): either the password in MQTT_URL is "
                "wrong, or the broker cannot read its accounts file"
            ) % {"address": self._address, "user": self.username, "reason": reason}
        else:
            client.subscribe(RESPONSE_TOPIC, qos=1)

    def _on_subscribe(
        self, _client: object, _data: object, _mid: int, reasons: list[ReasonCode], _more: object
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            text = _("%(address)s does not let '%(user)s' control it")
            self._refused = text % {"address": self._address, "user": self.username}
        self._subscribed = not self._refused

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        responses = json.loads(message.payload).get("responses", [])
        if any(each.get("correlationData") == self._correlation for each in responses):
            self._responses.append(responses)
