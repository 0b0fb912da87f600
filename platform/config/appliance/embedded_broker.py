"""The broker of last resort: amqtt in one of our own processes, with mosquitto's own files.

It reads the password file and the rules file as a mosquitto without its plugin would. What it
lacks is kept messages: what waits in it is lost when it stops. It is for trying out.
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
    """Where a plugin finds the appliance: amqtt hands this to it."""

    home: str = ""


class PasswordFile(BaseAuthPlugin):
    """Lets in who is in the password file, as it is at this moment."""

    Config = Files

    async def authenticate(self, *, session: Session) -> bool:
        """True where the session's name and password are in the file."""
        hashes = read_passwords(Home(Path(self.config.home)))
        hashed = hashes.get(session.username or "", "")
        return bool(session.password) and verify_password(str(session.password), hashed)


class Rules(BaseTopicPlugin):
    """Lets a session publish and subscribe below its own topics only."""

    Config = Files

    async def topic_filtering(
        self,
        *,
        session: Session | None = None,
        topic: str | None = None,
        action: Action | None = None,
    ) -> bool:
        """True where the broker's rules allow the session this action on the topic."""
        if session is None or not topic or action is None:
            return False
        user = str(session.username or "")
        rules = read_rules(Home(Path(self.config.home))).get(user, ())
        return user == BACKEND or allowed(rules, ACCESS_OF_ACTION[action], topic)


def allowed(rules: Iterable[str], access: str, topic: str) -> bool:
    """True where the rules let their user "read" or "write" the topic, or the filter, given."""
    pairs = (rule.split(" ", 1) for rule in rules)
    return any(access == granted and covers(below, topic) for granted, below in pairs)


def covers(rule: str, topic: str) -> bool:
    """True where every topic that `topic` (a topic, or a filter) can mean is below `rule`."""
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
    """What amqtt is started with: one listener, our two plugins."""
    files = {"home": str(home.root)}
    return BrokerConfig(
        listeners={"default": ListenerConfig(bind=address)},
        plugins={f"{HERE}.PasswordFile": files, f"{HERE}.Rules": files},
    )


async def serve(home: Home, address: str) -> None:
    """Run the broker at `address` (host:port) until SIGTERM or SIGINT.

    SIGHUP, by which the appliance tells that accounts changed, sends away every session that would
    not be let in any more.
    """
    # asyncio tells of every connection that ends early: amqtt leaves those errors unread.
    for noisy, level in (("amqtt", "WARNING"), ("transitions", "WARNING"), ("asyncio", "CRITICAL")):
        logging.getLogger(noisy).setLevel(level)
    broker, stop, loop = (
        Broker(configuration(home, address)),
        asyncio.Event(),
        asyncio.get_running_loop(),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    dismissals: set[asyncio.Task[None]] = set()
    loop.add_signal_handler(
        signal.SIGHUP, lambda: dismissals.add(loop.create_task(dismiss(broker, home)))
    )
    await broker.start()
    await stop.wait()
    await broker.shutdown()


async def dismiss(broker: Broker, home: Home) -> None:
    """Cut the connection of every session that the password file would not let in any more."""
    hashes = read_passwords(home)
    for session, handler in list(broker.sessions.values()):
        if not verify_password(str(session.password), hashes.get(session.username or "", "")):
            with contextlib.suppress(Exception):
                await handler.stop()
