"""The file in which mosquitto's dynamic security plugin stores its accounts.

The broker reads it at start-up and overwrites it after every change, so this module writes it only
while no broker runs. It can be rebuilt from the registry and the master key, except for passwords
from before they were derived from that key.
"""

import json
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config.appliance.broker_files import read_entries
from config.appliance.mosquitto import SYSTEM_USER, has_user
from config.appliance.places import Home, write_private
from devices.ports import Account
from integrations.mosquitto.acl import BACKEND, Rule, role_rules, rules_from_json, rules_to_json
from integrations.mosquitto.passwords import hash_password, verify_password

logger = logging.getLogger(__name__)

Document = dict[str, Any]
# Everything is denied unless a rule allows it, except unsubscribing.
DEFAULTS = {
    "publishClientSend": False,
    "publishClientReceive": False,
    "subscribe": False,
    "unsubscribe": True,
}
# mosquitto 2.0 has the first three, 2.1 the last.
SECRET = ("password", "salt", "iterations", "encoded_password")
# `#` doesn't cover topics that begin with `$`: broker control and shared subscriptions.
EVERYWHERE = ("#", "$CONTROL/#", "$SYS/#", "$share/#")
BACKEND_RULES = frozenset(
    (kind, topic, True, 0)
    for kind in ("publishClientSend", "publishClientReceive", "subscribePattern")
    for topic in EVERYWHERE
)


def accounts_file(home: Home) -> Path:
    """Return the file's path, in a folder that the broker may write to."""
    return home.broker / "accounts" / "dynamic-security.json"


def write_backend_account(home: Home, backend_password: str) -> None:
    """Write the backend's account, if the file is missing, unreadable or has another password.

    Device accounts are not changed. An unreadable file is renamed: with it, the broker would start
    and reject every login.
    """
    document = _read(home)
    if not _is_backends(document, backend_password):
        clients = [_backend(backend_password), *_others(document["clients"], "username")]
        roles = [_role(BACKEND, BACKEND_RULES), *_others(document["roles"], "rolename")]
        _write(home, {"defaultACLAccess": DEFAULTS, "clients": clients, "roles": roles})
    _set_owner(home)


def write_accounts(home: Home, accounts: Sequence[Account]) -> None:
    """Replace all accounts but the backend's; hashes of unchanged passwords are reused."""
    document = _read(home)
    before = {entry["username"]: entry for entry in document["clients"]}
    former_hashes = {name: entry.hashed for name, entry in read_entries(home).items()}
    made = [_client(each, before.get(each.name), former_hashes) for each in accounts]
    clients = [entry for entry in made if entry is not None]
    backend = [entry for entry in document["clients"] if entry["username"] == BACKEND]
    roles = [_role(each.name, role_rules(each)) for each in accounts]
    roles.append(_role(BACKEND, BACKEND_RULES))
    _write(home, {**document, "clients": [*backend, *clients], "roles": roles})
    _set_owner(home)


def _client(
    account: Account, before: Document | None, former_hashes: dict[str, str]
) -> Document | None:
    if before is not None and before.get("textdescription", "") == account.version:
        secret = {name: before[name] for name in SECRET if name in before}
    elif account.password is not None:
        secret = _secret(hash_password(account.password))
    elif account.name in former_hashes:
        secret = _secret(former_hashes[account.name])
    else:
        logger.warning("%s needs a new password: its old one is lost", account.name)
        return None
    entry = {
        "username": account.name,
        "textdescription": account.version,
        "roles": [{"rolename": account.name}],
        **secret,
    }
    return entry if account.enabled else {**entry, "disabled": True}


def _backend(password: str) -> Document:
    roles = [{"rolename": BACKEND}]
    return {"username": BACKEND, "roles": roles, **_secret(hash_password(password))}


def _secret(hashed: str) -> Document:
    """Return the parts of `$7$iterations$salt$hash` as this file names them."""
    _, _, iterations, salt, password = hashed.split("$")
    return {"password": password, "salt": salt, "iterations": int(iterations)}


def _role(name: str, rules: frozenset[Rule]) -> Document:
    return {"rolename": name, "acls": rules_to_json(rules)}


def _is_backends(document: Document, password: str) -> bool:
    """Return whether the backend's account has this password and may use every topic."""
    clients = [entry for entry in document["clients"] if entry["username"] == BACKEND]
    roles = [entry for entry in document["roles"] if entry["rolename"] == BACKEND]
    return (
        document.get("defaultACLAccess") == DEFAULTS
        and any(rules_from_json(entry["acls"]) == BACKEND_RULES for entry in roles)
        and any(verify_password(password, _hashed(entry)) for entry in clients)
    )


def _hashed(entry: Document) -> str:
    return "$7$" + "$".join(str(entry.get(name, "")) for name in ("iterations", "salt", "password"))


def _others(entry: list[Document], field: str) -> list[Document]:
    return [each for each in entry if each[field] != BACKEND]


def _read(home: Home) -> Document:
    """Return the file's content; empty if it is missing or the broker could not read it."""
    path = accounts_file(home)
    empty: Document = {"clients": [], "roles": []}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        complete = all("username" in entry for entry in document["clients"])
        complete &= all("rolename" in entry and "acls" in entry for entry in document["roles"])
    except FileNotFoundError:
        return empty
    except (ValueError, TypeError, KeyError):
        complete = False
    if complete:
        return dict(document)
    aside = path.with_suffix(".broken")
    path.replace(aside)
    logger.warning("%s is unreadable and will be rebuilt; it was renamed to %s", path, aside)
    return empty


def _write(home: Home, document: Document) -> None:
    path = accounts_file(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, json.dumps(document))


def _set_owner(home: Home) -> None:
    """Make the broker the owner of folder and file: it rejects all logins if it can't read it."""
    if os.geteuid() == 0 and has_user():
        for path in (accounts_file(home).parent, accounts_file(home)):
            shutil.chown(path, SYSTEM_USER, SYSTEM_USER)
