"""The fallback broker: amqtt in a process of the appliance, for trying out only.

It reads the password file and the rules file like a mosquitto without its plugin. Queued messages
are lost when it stops.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from config.appliance.broker_files import read_passwords, read_rules
from config.appliance.places import Home
from integrations.mosquitto.acl import BACKEND
from integrations.mosquitto.passwords import verify_password

HERE = __name__
ACCESS_OF_ACTION = {Action.PUBLISH: "write", Action.SUBSCRIBE: "read", Action.RECEIVE: "read"}


@dataclass
class Files:
    """The plugins' configuration: the appliance's home."""

    home: str = ""


class PasswordFile(BaseAuthPlugin):
    """Authenticates by the password file's current content."""

    Config = Files

    async def authenticate(self, *, session: Session) -> bool:
        """Return whether the session's name and password are in the file."""
        hashes = read_passwords(Home(Path(self.config.home)))
        hashed = hashes.get(session.username or "", "")
        return bool(session.password) and verify_password(str(session.password), hashed)


class Rules(BaseTopicPlugin):
    """Authorises a session by the rules file."""

    Config = Files

    async def topic_filtering(
        self,
        *,
        session: Session | None = None,
        topic: str | None = None,
        action: Action | None = None,
    ) -> bool:
        """Return whether the rules allow the session this action on the topic."""
        if session is None or not topic or action is None:
            return False
        user = str(session.username or "")
        rules = read_rules(Home(Path(self.config.home))).get(user, ())
        return user == BACKEND or allowed(rules, ACCESS_OF_ACTION[action], topic)


def allowed(rules: Iterable[str], access: str, topic: str) -> bool:
    """Return whether the rules allow "read" or "write" on a topic or filter."""
    pairs = (rule.split(" ", 1) for rule in rules)
    return any(access == granted and covers(below, topic) for granted, below in pairs)


def covers(rule: str, topic: str) -> bool:
    """Return whether a rule covers every topic that a topic filter can match."""
    wanted, levels = rule.split("/"), topic.split("/")
    for index, part in enumerate(wanted):
        if part == "#":
            return True
        if index >= len(levels) or levels[index] == "#":
            return False
        if part != "+" and part != levels[index]:
            return False
    return len(wanted) == len(levels)


def configuration(home: Home, address: str) -> BrokerConfig:
    """Return amqtt's configuration: one listener and two plugins."""
    files = {"home": str(home.root)}
    return BrokerConfig(
        listeners={"default": ListenerConfig(bind=address)},
        plugins={f"{HERE}.PasswordFile": files, f"{HERE}.Rules": files},
    )


async def serve(home: Home, address: str) -> None:
    """Run the broker at `address` (host:port) until SIGTERM or SIGINT.

    On SIGHUP, which signals changed accounts, it disconnects every session whose login is no
    longer valid.
    """
    # asyncio logs an error for every connection that ends early, because amqtt ignores them.
    for noisy, level in (("amqtt", "WARNING"), ("transitions", "WARNING"), ("asyncio", "CRITICAL")):
        logging.getLogger(noisy).setLevel(level)
    broker, stop, loop = (
        Broker(configuration(home, address)),
        asyncio.Event(),
        asyncio.get_running_loop(),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    disconnects: set[asyncio.Task[None]] = set()
    loop.add_signal_handler(
        signal.SIGHUP, lambda: disconnects.add(loop.create_task(disconnect_rejected(broker, home)))
    )
    await broker.start()
    await stop.wait()
    await broker.shutdown()


async def disconnect_rejected(broker: Broker, home: Home) -> None:
    """Disconnect every session whose login the password file no longer accepts."""
    hashes = read_passwords(home)
    for session, handler in list(broker.sessions.values()):
        if not verify_password(str(session.password), hashes.get(session.username or "", "")):
            with contextlib.suppress(Exception):
                await handler.stop()
