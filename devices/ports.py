"""What the registry needs from outside: a broker that lets in its devices and nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class BrokerError(Exception):
    """The broker could not be told now; the text says why. What was to be told still holds."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the broker has to know of one device.

    Attributes:
        name: the user name; the device's role at the broker has the same.
        password: None for one that was given before passwords came from the master key: only the
            broker knows it, and keeps it.
        version: a mark of the password that says nothing about it and changes when it does.
        enabled: whether it may sign in.
        publishes: the filters below which it may publish, and nowhere else.
        listens: the filters that it may subscribe to, and no others.
    """

    name: str
    password: str | None = field(repr=False)
    version: str
    enabled: bool
    publishes: tuple[str, ...]
    listens: tuple[str, ...]


@dataclass(frozen=True)
class Astray:
    """Where the broker differs from the registry.

    Attributes:
        different: names of accounts that it has not, or not so.
        unknown: names that it lets in and the registry does not know.
    """

    different: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class BrokerAccounts(Protocol):
    """The broker's accounts; config wires the adapter for the broker that is used.

    Each operation may be repeated, and each raises BrokerError when the broker can't be told.
    """

    def put(self, accounts: Sequence[Account]) -> None:
        """Make these accounts so, at once; others stay as they are.

        A device whose account is disabled, or whose password or rules change, is sent away.
        """

    def drop(self, names: Sequence[str]) -> None:
        """Forget these accounts: who is signed in under one is sent away."""

    def astray(self, accounts: Sequence[Account]) -> Astray:
        """Compare the broker with all accounts of the registry; nothing is changed."""


_broker_accounts: BrokerAccounts | None = None


def use_broker_accounts(adapter: BrokerAccounts | None) -> None:
    """Wire the adapter; None where there is no broker to be told."""
    global _broker_accounts
    _broker_accounts = adapter


def broker_accounts() -> BrokerAccounts | None:
    """Return the adapter, or None where there is no broker to be told."""
    return _broker_accounts
