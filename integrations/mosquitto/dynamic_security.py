"""Broker accounts by mosquitto's dynamic security plugin, controlled over MQTT."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _

from devices.ports import Account, AccountDrift, BrokerError
from integrations.mosquitto.acl import BACKEND, Rule, role_rules, rules_from_json, rules_to_json
from integrations.mosquitto.control import Command, ControlConnection, Response

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BrokerClient:
    """An account as the broker has stored it."""

    version: str
    enabled: bool
    roles: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def from_json(cls, client: dict[str, Any]) -> Self:
        """Parse a client of the plugin's response."""
        return cls(
            version=client.get("textdescription", ""),
            enabled=not client.get("disabled", False),
            roles=tuple(role["rolename"] for role in client.get("roles", ())),
            groups=tuple(group["groupname"] for group in client.get("groups", ())),
        )


def plan_changes(
    account: Account, client: BrokerClient | None, rules: frozenset[Rule] | None
) -> list[Command]:
    """Return the commands that bring one account up to date; often none.

    A device that loses a right or whose password changes is disconnected, so that it signs in again
    under the present rules. One that only gains rights stays connected.

    Args:
        account: as the registry has it.
        client, rules: what the broker has of the account and of its role; None if it has none.
    """
    if client is None and (not account.enabled or account.password is None):
        return []
    commands: list[Command] = []
    if client is not None and client.enabled and not account.enabled:
        commands.append({"command": "disableClient", "username": account.name})
    commands += _role_changes(account, rules)
    if client is None:
        commands.append({"command": "createClient", **_client_fields(account, with_password=True)})
        return commands
    renewed = account.password is not None and client.version != account.version
    loses_rule = rules is not None and not rules <= role_rules(account)
    if loses_rule or renewed or client.roles != (account.name,) or client.groups:
        fields = _client_fields(account, with_password=renewed)
        commands.append({"command": "modifyClient", **fields})
    if account.enabled and not client.enabled:
        commands.append({"command": "enableClient", "username": account.name})
    return commands


def _role_changes(account: Account, rules: frozenset[Rule] | None) -> list[Command]:
    wanted = role_rules(account)
    if rules == wanted:
        return []
    command = "createRole" if rules is None else "modifyRole"
    return [{"command": command, "rolename": account.name, "acls": rules_to_json(wanted)}]


def _client_fields(account: Account, *, with_password: bool) -> Command:
    fields: Command = {
        "username": account.name,
        "textdescription": account.version,
        "roles": [{"rolename": account.name}],
        "groups": [],
    }
    return {**fields, "password": account.password} if with_password else fields


class DynamicSecurity:
    """The accounts of a mosquitto with its dynamic security plugin, on any machine."""

    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, accounts: Sequence[Account]) -> None:
        """Create or update these accounts at once; others are not changed."""
        if not accounts:
            return
        with ControlConnection(self._url) as control:
            names = [account.name for account in accounts]
            state = BrokerState.of_accounts(control, [*names, control.username])
            reserved = state.with_roles({BACKEND, control.username})
            for name in reserved.intersection(names):
                logger.error("account %s controls the broker; no device can use it", name)
            changeable = [account for account in accounts if account.name not in reserved]
            control.execute([each for account in changeable for each in state.changes(account)])

    def drop(self, names: Sequence[str]) -> None:
        """Delete these accounts; the broker disconnects their clients."""
        if not names:
            return
        with ControlConnection(self._url) as control:
            state = BrokerState.of_accounts(control, names)
            control.execute([{"command": "deleteClient", "username": n} for n in state.clients])
            control.execute([{"command": "deleteRole", "rolename": n} for n in state.roles])

    def compare(self, accounts: Sequence[Account]) -> AccountDrift:
        """Compare the broker with all accounts of the registry, without changing it."""
        with ControlConnection(self._url) as control:
            state = BrokerState.complete(control)
            reserved = state.with_roles({BACKEND, control.username})
        names = {account.name for account in accounts}
        changeable = [account for account in accounts if account.name not in reserved]
        return AccountDrift(
            outdated=tuple(each.name for each in changeable if state.changes(each)),
            unknown=tuple(sorted((state.clients.keys() | state.roles.keys()) - names - reserved)),
        )


@dataclass(frozen=True)
class BrokerState:
    """What the broker has stored: accounts, and the rules of roles, by name."""

    clients: dict[str, BrokerClient]
    roles: dict[str, frozenset[Rule]]

    @classmethod
    def complete(cls, control: ControlConnection) -> Self:
        """Read all accounts and roles."""
        responses = control.query(
            [
                {"command": "listClients", "verbose": True, "count": -1, "offset": 0},
                {"command": "listRoles", "verbose": True, "count": -1, "offset": 0},
            ]
        )
        clients, roles = (_data(response) for response in responses)
        return cls._from_json(clients["clients"], roles["roles"])

    @classmethod
    def of_accounts(cls, control: ControlConnection, names: Sequence[str]) -> Self:
        """Read the accounts and roles of these names, as far as they exist."""
        clients = control.query([{"command": "getClient", "username": name} for name in names])
        roles = control.query([{"command": "getRole", "rolename": name} for name in names])
        return cls._from_json(
            [_data(each)["client"] for each in clients if not _is_missing(each)],
            [_data(each)["role"] for each in roles if not _is_missing(each)],
        )

    @classmethod
    def _from_json(cls, clients: list[dict[str, Any]], roles: list[dict[str, Any]]) -> Self:
        return cls(
            clients={client["username"]: BrokerClient.from_json(client) for client in clients},
            roles={role["rolename"]: rules_from_json(role.get("acls", ())) for role in roles},
        )

    def with_roles(self, names: set[str]) -> set[str]:
        """Return the names of these accounts and of their roles."""
        found = [client for name, client in self.clients.items() if name in names]
        return names.union(*(client.roles for client in found))

    def changes(self, account: Account) -> list[Command]:
        """Return the commands that bring the account up to date."""
        return plan_changes(account, self.clients.get(account.name), self.roles.get(account.name))


def _is_missing(response: Response) -> bool:
    return str(response.get("error", "")).endswith("not found")


def _data(response: Response) -> dict[str, Any]:
    if "data" not in response:
        raise BrokerError(f"{response.get('command')}: {response.get('error', _('no response'))}")
    data: dict[str, Any] = response["data"]
    return data
