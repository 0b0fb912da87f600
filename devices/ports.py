"""What the registry needs from outside: the broker's list of who may sign in."""

from collections.abc import Callable, Mapping
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured


class BrokerUsers(Protocol):
    """The broker's accounts; config wires the adapter for the broker that is used."""

    def hash(self, password: str) -> str:
        """Return what the broker keeps instead of the password."""

    def write(self, users: Callable[[], Mapping[str, str]]) -> None:
        """Make these the only devices that may sign in, at once; others are sent away.

        ``users`` gives name to hash. It is called under the writer's lock, so that of two writers
        the later one never writes what it read before the other.
        """


_broker_users: BrokerUsers | None = None


def use_broker_users(adapter: BrokerUsers | None) -> None:
    """Wire the adapter."""
    global _broker_users
    _broker_users = adapter


def broker_users() -> BrokerUsers:
    """Return the adapter.

    Raises:
        ImproperlyConfigured: none is wired.
    """
    if _broker_users is None:
        raise ImproperlyConfigured("wire the broker's accounts with devices.ports.use_broker_users")
    return _broker_users
