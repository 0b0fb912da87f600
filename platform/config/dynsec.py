"""mosquitto's dynamic security, as its documentation has it: commands on a topic, answers beside.

A connection is made for a few commands and closed again. Nothing is sent twice by itself.
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
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.link import Address, AddressError
from devices.ports import BrokerError

TOPIC = "$CONTROL/dynamic-security/v1"
ANSWERS = f"{TOPIC}/response"
CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 5.0
# mosquitto writes its whole file after each command, 10 ms for 2,000 devices, and serves nobody
# meanwhile: a car waits for no more than these.
COMMANDS_IN_ONE_MESSAGE = 4

Command = dict[str, Any]
Answer = dict[str, Any]


class Control:
    """A connection to the broker's control topic; a context manager.

    Args:
        url: the broker, with the name and password of an account that may control it.

    Raises:
        BrokerError: from every operation, when the broker is away or refuses.
    """

    def __init__(self, url: str) -> None:
        try:
            self._address = Address.of(url)
        except AddressError as error:
            raise BrokerError(str(error)) from error
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self._client.connect_timeout = CONNECT_TIMEOUT_S
        self._client.username_pw_set(self._address.username, self._address.password)
        if self._address.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._listens = False
        self._refused = ""
        self._answers: list[list[Answer]] = []
        self._mark = ""

    @property
    def username(self) -> str:
        """Under which account the connection is made."""
        return self._address.username or ""

    def __enter__(self) -> Self:
        """Connect, and listen to answers."""
        try:
            self._client.connect(self._address.host, self._address.port)
        except OSError as error:
            raise BrokerError(f"{self._address} does not answer ({error})") from error
        self._wait_until(lambda: self._listens)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Take leave."""
        self._client.disconnect()

    def ask(self, commands: Sequence[Command]) -> list[Answer]:
        """Give the commands, in order, and return the answer to each; some may be errors."""
        answers: list[Answer] = []
        for start in range(0, len(commands), COMMANDS_IN_ONE_MESSAGE):
            answers += self._ask(commands[start : start + COMMANDS_IN_ONE_MESSAGE])
        return answers

    def tell(self, commands: Sequence[Command]) -> None:
        """Give the commands, in order.

        Raises:
            BrokerError: one of them failed; those before it, and perhaps after it, hold.
        """
        for command, answer in zip(commands, self.ask(commands), strict=True):
            if "error" in answer:
                name = command.get("username") or command.get("rolename")
                raise BrokerError(f"{command['command']} of {name}: {answer['error']}")

    def _ask(self, commands: Sequence[Command]) -> list[Answer]:
        # Every connection that controls hears every answer: the mark tells which are ours.
        self._answers, self._mark = [], secrets.token_hex(8)
        marked = [{**command, "correlationData": self._mark} for command in commands]
        self._client.publish(TOPIC, json.dumps({"commands": marked}), qos=1)
        self._wait_until(lambda: bool(self._answers))
        return self._answers[0]

    def _wait_until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while not happened():
            left = deadline - time.monotonic()
            if self._refused:
                raise BrokerError(f"{self._address} {self._refused}")
            if left <= 0:
                why = "does not answer: has it the dynamic security plugin?"
                raise BrokerError(f"{self._address} {why}")
            self._turn(left)

    def _turn(self, timeout: float) -> None:
        """Do one round of network work."""
        sock = self._client.socket()
        if sock is None:
            self._refused = self._refused or "closed the connection"
            return
        poll = select.poll()  # `Client.loop` selects, which knows no file number above 1,023
        poll.register(sock, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        poll.poll(timeout * 1000)
        self._client.loop_read()
        self._client.loop_write()

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _more: object
    ) -> None:
        if reason.is_failure:
            self._refused = (
                f"refuses {self._address.username!r} ({reason}): either the password in MQTT_URL "
                "is not the one it knows, or it can't read its file of accounts"
            )
        else:
            client.subscribe(ANSWERS, qos=1)

    def _on_subscribe(
        self, _client: object, _data: object, _mid: int, reasons: list[ReasonCode], _more: object
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refused = f"does not let {self._address.username!r} control it"
        self._listens = not self._refused

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        answers = json.loads(message.payload).get("responses", [])
        if any(answer.get("correlationData") == self._mark for answer in answers):
            self._answers.append(answers)
