"""The file in which mosquitto's dynamic security plugin keeps its accounts.

The broker reads it when it starts, and writes it whenever it is told of a change; so it is written
here only while no broker runs. What it holds can be made again at any time from the registry and
the master key, except for passwords that were given before they came from there.
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

Said = dict[str, Any]
# What no rule allows is denied; only to end a subscription needs no right.
DEFAULTS = {
    "publishClientSend": False,
    "publishClientReceive": False,
    "subscribe": False,
    "unsubscribe": True,
}
# mosquitto 2.0 has the first three, 2.1 the last.
SECRET = ("password", "salt", "iterations", "encoded_password")
# `#` leaves out what begins with `$`: to control, and to listen with others of its kind.
EVERYWHERE = ("#", "$CONTROL/#", "$SYS/#", "$share/#")
BACKEND_RULES = frozenset(
    (kind, topic, True, 0)
    for kind in ("publishClientSend", "publishClientReceive", "subscribePattern")
    for topic in EVERYWHERE
)


def accounts_file(home: Home) -> Path:
    """Where the file lies: in a folder of the broker's own, which it writes to."""
    return home.broker / "accounts" / "dynamic-security.json"


def lay_out_accounts(home: Home, backend_password: str) -> None:
    """Make the file with the backend's account, where it is missing, unreadable or has another.

    The devices' accounts stay. A file that cannot be read is put aside: with it, the broker would
    start and let nobody in.
    """
    document = _read(home)
    if not _is_backends(document, backend_password):
        clients = [_backend(backend_password), *_others(document["clients"], "username")]
        roles = [_role(BACKEND, BACKEND_RULES), *_others(document["roles"], "rolename")]
        _write(home, {"defaultACLAccess": DEFAULTS, "clients": clients, "roles": roles})
    _give_to_broker(home)


def write_accounts(home: Home, accounts: Sequence[Account]) -> None:
    """Make these the only accounts beside the backend's; a known password stays as it is."""
    document = _read(home)
    before = {said["username"]: said for said in document["clients"]}
    given_before = {name: entry.hashed for name, entry in read_entries(home).items()}
    made = [_client(each, before.get(each.name), given_before) for each in accounts]
    clients = [said for said in made if said is not None]
    backend = [said for said in document["clients"] if said["username"] == BACKEND]
    roles = [_role(each.name, role_rules(each)) for each in accounts]
    roles.append(_role(BACKEND, BACKEND_RULES))
    _write(home, {**document, "clients": [*backend, *clients], "roles": roles})
    _give_to_broker(home)


def _client(account: Account, before: Said | None, given_before: dict[str, str]) -> Said | None:
    if before is not None and before.get("textdescription", "") == account.version:
        secret = {name: before[name] for name in SECRET if name in before}
    elif account.password is not None:
        secret = _secret(hash_password(account.password))
    elif account.name in given_before:
        secret = _secret(given_before[account.name])
    else:
        logger.warning("%s needs a new password: its old one is lost", account.name)
        return None
    said = {
        "username": account.name,
        "textdescription": account.version,
        "roles": [{"rolename": account.name}],
        **secret,
    }
    return said if account.enabled else {**said, "disabled": True}


def _backend(password: str) -> Said:
    roles = [{"rolename": BACKEND}]
    return {"username": BACKEND, "roles": roles, **_secret(hash_password(password))}


def _secret(hashed: str) -> Said:
    """Return the parts of `$7$iterations$salt$hash` as this file names them."""
    _, _, iterations, salt, password = hashed.split("$")
    return {"password": password, "salt": salt, "iterations": int(iterations)}


def _role(name: str, rules: frozenset[Rule]) -> Said:
    return {"rolename": name, "acls": rules_to_json(rules)}


def _is_backends(document: Said, password: str) -> bool:
    """True where the backend can sign in with the password and do everything."""
    clients = [said for said in document["clients"] if said["username"] == BACKEND]
    roles = [said for said in document["roles"] if said["rolename"] == BACKEND]
    return (
        document.get("defaultACLAccess") == DEFAULTS
        and any(rules_from_json(said["acls"]) == BACKEND_RULES for said in roles)
        and any(verify_password(password, _hashed(said)) for said in clients)
    )


def _hashed(said: Said) -> str:
    return "$7$" + "$".join(str(said.get(name, "")) for name in ("iterations", "salt", "password"))


def _others(said: list[Said], field: str) -> list[Said]:
    return [each for each in said if each[field] != BACKEND]


def _read(home: Home) -> Said:
    """Return the file's document; an empty one where there is none that the broker could read."""
    path = accounts_file(home)
    empty: Said = {"clients": [], "roles": []}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        complete = all("username" in said for said in document["clients"])
        complete &= all("rolename" in said and "acls" in said for said in document["roles"])
    except FileNotFoundError:
        return empty
    except (ValueError, TypeError, KeyError):
        complete = False
    if complete:
        return dict(document)
    aside = path.with_suffix(".broken")
    path.replace(aside)
    logger.warning("%s cannot be read: it is made anew, the old one is %s", path, aside)
    return empty


def _write(home: Home, document: Said) -> None:
    path = accounts_file(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, json.dumps(document))


def _give_to_broker(home: Home) -> None:
    """Make folder and file the broker's own; one that it can't read has it refuse everybody."""
    if os.geteuid() == 0 and has_user():
        for path in (accounts_file(home).parent, accounts_file(home)):
            shutil.chown(path, SYSTEM_USER, SYSTEM_USER)
