"""The port to the broker's user accounts: the broker admits registered devices only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class BrokerError(Exception):
    """The broker's accounts could not be changed or read; the registry stays authoritative."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """One device's account at the broker.

    Attributes:
        name: the user name; the device's role at the broker has the same.
        password: None for one set before passwords were derived from the master key; only the
            broker has it.
        version: a token that changes with the password without revealing it.
        enabled: whether it may sign in.
        publishes: the only topic filters to which it may publish.
        listens: the only topic filters to which it may subscribe.
    """

    name: str
    password: str | None = field(repr=False)
    version: str
    enabled: bool
    publishes: tuple[str, ...]
    listens: tuple[str, ...]


@dataclass(frozen=True)
class AccountDrift:
    """Where the broker's accounts differ from the registry.

    Attributes:
        outdated: names of accounts that are missing at the broker or differ there.
        unknown: names of accounts that the registry does not have.
    """

    outdated: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class BrokerAccounts(Protocol):
    """The broker's accounts; config wires the adapter for the broker in use.

    Each operation is idempotent and raises BrokerError when the broker does not carry it out.
    """

    def put(self, accounts: Sequence[Account]) -> None:
        """Create or replace these accounts at once; others are not changed.

        A device whose account is disabled, or whose password or rules change, is disconnected.
        """

    def drop(self, names: Sequence[str]) -> None:
        """Delete these accounts and disconnect the clients that use them."""

    def compare(self, accounts: Sequence[Account]) -> AccountDrift:
        """Compare the broker with all accounts of the registry, without changing anything."""


_broker_accounts: BrokerAccounts | None = None


def use_broker_accounts(adapter: BrokerAccounts | None) -> None:
    """Wire the adapter; None where no broker has accounts."""
    global _broker_accounts
    _broker_accounts = adapter


def broker_accounts() -> BrokerAccounts | None:
    """Return the adapter, or None where no broker has accounts."""
    return _broker_accounts
