"""The registry's devices as accounts of the broker: by mosquitto's plugin, or in files it reads."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings

from config.appliance import broker_files
from config.appliance.mosquitto import FILES
from config.appliance.places import Home
from config.dynsec import Answer, Command, Control
from devices.ports import Account, Astray, BrokerAccounts, BrokerError

logger = logging.getLogger(__name__)

# One kind of rule: (what, below which topic, allowed, priority).
Rule = tuple[str, str, bool, int]


def adapter() -> BrokerAccounts | None:
    """Return the adapter for the broker that is used; None where no broker is named."""
    if settings.BROKER_ACCOUNTS == FILES:
        return broker_files.AccountFiles(Home.at(settings.HOME))
    return DynamicSecurity(settings.MQTT_URL) if settings.MQTT_URL else None


@dataclass(frozen=True)
class Client:
    """An account as the broker has it."""

    version: str
    enabled: bool
    roles: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, said: dict[str, Any]) -> Self:
        """Read what the broker says of it."""
        return cls(
            version=said.get("textdescription", ""),
            enabled=not said.get("disabled", False),
            roles=tuple(role["rolename"] for role in said.get("roles", ())),
            groups=tuple(group["groupname"] for group in said.get("groups", ())),
        )


def rules_of(account: Account) -> frozenset[Rule]:
    """Return the rules of the account's role; what no rule allows is denied.

    A device that may subscribe must also be allowed to receive: a session that subscribed under
    earlier rules gets nothing under the present ones.
    """
    may = [("publishClientSend", topic) for topic in account.publishes]
    for topic in account.listens:
        may += [("subscribePattern", topic), ("publishClientReceive", topic)]
    return frozenset((kind, topic, True, 0) for kind, topic in may)


def as_said(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return the rules as the broker takes them."""
    return [
        {"acltype": kind, "topic": topic, "allow": allow, "priority": priority}
        for kind, topic, allow, priority in sorted(rules)
    ]


def as_heard(said: Iterable[dict[str, Any]]) -> frozenset[Rule]:
    """Return the rules that the broker says a role has."""
    return frozenset(
        (acl["acltype"], acl["topic"], acl["allow"], acl.get("priority", 0)) for acl in said
    )


def changes(
    account: Account, client: Client | None, rules: frozenset[Rule] | None
) -> list[Command]:
    """Return the commands that make the account so, given what the broker has of it; often none.

    What a device loses, its password or a rule, sends it away: it signs in under what holds now.
    One that may do more than before stays.
    """
    if client is None and (not account.enabled or account.password is None):
        return []
    commands: list[Command] = []
    if client is not None and client.enabled and not account.enabled:
        commands.append({"command": "disableClient", "username": account.name})
    commands += _role_changes(account, rules)
    if client is None:
        commands.append({"command": "createClient", **_client(account, with_password=True)})
        return commands
    renewed = account.password is not None and client.version != account.version
    loses = rules is not None and not rules <= rules_of(account)
    if loses or renewed or client.roles != (account.name,) or client.groups:
        commands.append({"command": "modifyClient", **_client(account, with_password=renewed)})
    if account.enabled and not client.enabled:
        commands.append({"command": "enableClient", "username": account.name})
    return commands


def _role_changes(account: Account, rules: frozenset[Rule] | None) -> list[Command]:
    wanted = rules_of(account)
    if rules == wanted:
        return []
    command = "createRole" if rules is None else "modifyRole"
    return [{"command": command, "rolename": account.name, "acls": as_said(wanted)}]


def _client(account: Account, *, with_password: bool) -> Command:
    said: Command = {
        "username": account.name,
        "textdescription": account.version,
        "roles": [{"rolename": account.name}],
        "groups": [],
    }
    return {**said, "password": account.password} if with_password else said


class DynamicSecurity:
    """The accounts of a mosquitto with its dynamic security plugin, wherever it runs."""

    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, accounts: Sequence[Account]) -> None:
        """Make these accounts so, at once; others stay as they are."""
        if not accounts:
            return
        with Control(self._url) as control:
            known = Known.some(control, [*(each.name for each in accounts), control.username])
            ours = known.with_roles({broker_files.BACKEND, control.username})
            for name in ours.intersection(account.name for account in accounts):
                logger.error("no device can have the account %s, which controls the broker", name)
            theirs = [account for account in accounts if account.name not in ours]
            control.tell([command for each in theirs for command in known.changes(each)])

    def drop(self, names: Sequence[str]) -> None:
        """Forget these accounts: who is signed in under one is sent away."""
        if not names:
            return
        with Control(self._url) as control:
            known = Known.some(control, names)
            control.tell([{"command": "deleteClient", "username": n} for n in known.clients])
            control.tell([{"command": "deleteRole", "rolename": n} for n in known.roles])

    def astray(self, accounts: Sequence[Account]) -> Astray:
        """Compare the broker with all accounts of the registry; nothing is changed."""
        with Control(self._url) as control:
            known = Known.all(control)
            ours = known.with_roles({broker_files.BACKEND, control.username})
        names = {account.name for account in accounts}
        theirs = [account for account in accounts if account.name not in ours]
        return Astray(
            different=tuple(each.name for each in theirs if known.changes(each)),
            unknown=tuple(sorted((known.clients.keys() | known.roles.keys()) - names - ours)),
        )


@dataclass(frozen=True)
class Known:
    """What the broker has: its accounts, and the rules of its roles, by name."""

    clients: dict[str, Client]
    roles: dict[str, frozenset[Rule]]

    @classmethod
    def all(cls, control: Control) -> Self:
        """Ask for everything."""
        answers = control.ask(
            [
                {"command": "listClients", "verbose": True, "count": -1, "offset": 0},
                {"command": "listRoles", "verbose": True, "count": -1, "offset": 0},
            ]
        )
        clients, roles = (_data(answer) for answer in answers)
        return cls._of(clients["clients"], roles["roles"])

    @classmethod
    def some(cls, control: Control, names: Sequence[str]) -> Self:
        """Ask for these names."""
        clients = control.ask([{"command": "getClient", "username": name} for name in names])
        roles = control.ask([{"command": "getRole", "rolename": name} for name in names])
        return cls._of(
            [_data(answer)["client"] for answer in clients if not _missing(answer)],
            [_data(answer)["role"] for answer in roles if not _missing(answer)],
        )

    @classmethod
    def _of(cls, clients: list[dict[str, Any]], roles: list[dict[str, Any]]) -> Self:
        return cls(
            clients={said["username"]: Client.of(said) for said in clients},
            roles={said["rolename"]: as_heard(said.get("acls", ())) for said in roles},
        )

    def with_roles(self, names: set[str]) -> set[str]:
        """Return the names of these accounts and of the roles that they have."""
        found = [client for name, client in self.clients.items() if name in names]
        return names.union(*(client.roles for client in found))

    def changes(self, account: Account) -> list[Command]:
        """Return the commands that make the account so."""
        return changes(account, self.clients.get(account.name), self.roles.get(account.name))


def _missing(answer: Answer) -> bool:
    return str(answer.get("error", "")).endswith("not found")


def _data(answer: Answer) -> dict[str, Any]:
    if "data" not in answer:
        raise BrokerError(f"{answer.get('command')}: {answer.get('error', 'no answer')}")
    data: dict[str, Any] = answer["data"]
    return data
