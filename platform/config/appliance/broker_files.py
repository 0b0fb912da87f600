"""Accounts of a broker without the dynamic security plugin: a password file and a rules file.

Both are in mosquitto's format; the embedded broker reads the same two. The broker reloads them
without a restart and disconnects devices that were removed or have a new password.
"""

import base64
import fcntl
import hashlib
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from config.appliance import records
from config.appliance.mosquitto import write_for_broker
from config.appliance.places import Home
from devices.ports import Account, AccountDrift
from integrations.mosquitto.acl import BACKEND
from integrations.mosquitto.passwords import SALT_BYTES, hash_password, verify_password

OFF = "#"
BACKEND_RULES = ("readwrite #", "readwrite $share/#")
USERNAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class BrokerUserError(ValueError):
    """A user name that the broker can't use; the text names it."""


@dataclass(frozen=True)
class Entry:
    """One account in the files: the password's hash, and rules such as `write a/#`.

    A disabled account is commented out with a `#`.
    """

    hashed: str
    rules: tuple[str, ...]
    enabled: bool = True


Entries = dict[str, Entry]


@dataclass(frozen=True)
class AccountFiles:
    """The accounts of a broker that reads them from the home's files."""

    home: Home

    def put(self, accounts: Sequence[Account]) -> None:
        """Create or update accounts immediately; other accounts are not changed.

        Raises BrokerUserError, without any change, for a name the broker can't use.
        """
        self._change(lambda entries: entries.update(_entries(accounts, entries)))

    def drop(self, names: Sequence[str]) -> None:
        """Delete accounts; their sessions are disconnected."""
        self._change(lambda entries: [entries.pop(name, None) for name in names])

    def compare(self, accounts: Sequence[Account]) -> AccountDrift:
        """Compare the files with all accounts of the registry."""
        entries = read_entries(self.home)
        wanted = _entries(accounts, entries)
        known = {account.name for account in accounts}
        return AccountDrift(
            outdated=tuple(n for n in known if entries.get(n) != wanted.get(n)),
            unknown=tuple(sorted(entries.keys() - known - {BACKEND})),
        )

    def _change(self, change: Callable[[Entries], object]) -> None:
        self.home.broker.mkdir(mode=0o750, exist_ok=True)
        with (self.home.broker / "accounts.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = read_entries(self.home)
            entries = dict(before)
            change(entries)
            if entries != before:
                _write(self.home, entries)
                reload_broker(self.home)


def set_backend_password(home: Home, password: str) -> None:
    """Set the password of the backend's account, which may use every topic."""
    entries = read_entries(home)
    known = entries.get(BACKEND, Entry("", ()))
    same = verify_password(password, known.hashed)
    entry = Entry(known.hashed if same else hash_password(password), BACKEND_RULES)
    if entry != known:
        _write(home, {**entries, BACKEND: entry})


def read_passwords(home: Home) -> dict[str, str]:
    """Return the enabled accounts of the password file, name to hash."""
    return {n: hashed for n, hashed in _passwords(home).items() if not n.startswith(OFF)}


def _passwords(home: Home) -> dict[str, str]:
    lines = _lines(home.broker / "passwords")
    return dict(line.split(":", 1) for line in lines if ":" in line)


def read_rules(home: Home) -> Mapping[str, tuple[str, ...]]:
    """Return the rules by account name; the file is read again only after it was replaced."""
    path = home.broker / "rules"
    try:
        facts = path.stat()
    except FileNotFoundError:
        return {}
    return _rules(path, facts.st_ino, facts.st_mtime_ns)


@lru_cache(maxsize=1)
def _rules(path: Path, _inode: int, _changed_at: int) -> Mapping[str, tuple[str, ...]]:
    rules: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in _lines(path):
        kind, _, rest = line.partition(" ")
        if kind == "user":
            name, rules[rest] = rest, ()
        elif kind == "topic":
            rules[name] += (rest,)
    return rules


def read_entries(home: Home) -> Entries:
    """Return the accounts of both files, by name."""
    rules, passwords = read_rules(home), _passwords(home)
    found = ((marked.removeprefix(OFF), marked) for marked in passwords)
    return {
        name: Entry(passwords[marked], rules.get(name, ()), marked == name)
        for name, marked in found
    }


def _lines(path: Path) -> list[str]:
    try:
        # Like the broker: `splitlines` would also split at Unicode line separators.
        return path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []


def _entries(accounts: Sequence[Account], known: Entries) -> Entries:
    """Return the files' entries for accounts."""
    entries = {account.name: _entry(account, known.get(account.name)) for account in accounts}
    return {name: entry for name, entry in entries.items() if entry is not None}


def _entry(account: Account, known: Entry | None) -> Entry | None:
    if account.name == BACKEND or not USERNAME.fullmatch(account.name):
        raise BrokerUserError(
            f"The broker user name {account.name!r} cannot be used: use 1 to 64 letters, digits, "
            f"dots, hyphens or underscores, but not {BACKEND!r}."
        )
    hashed = _hash_of(account, known.hashed if known else "")
    writes = (f"write {topic}" for topic in account.publishes)
    reads = (f"read {topic}" for topic in account.listens)
    return Entry(hashed, (*writes, *reads), account.enabled) if hashed else None


def _hash_of(account: Account, known: str) -> str:
    """Return the password's hash for the file.

    The salt is derived from the password's version, so an up-to-date hash is recognised and not
    computed again: 2,000 of them would take two seconds.
    """
    if account.password is None:
        return known
    salt = hashlib.sha256(account.version.encode()).digest()[:SALT_BYTES]
    if f"${base64.b64encode(salt).decode()}$" in known:
        return known
    return hash_password(account.password, salt)


def _write(home: Home, entries: Entries) -> None:
    home.broker.mkdir(mode=0o750, exist_ok=True)
    passwords = "".join(
        f"{'' if each.enabled else OFF}{name}:{each.hashed}\n"
        for name, each in sorted(entries.items())
    )
    rules = (
        "\n".join((f"user {name}", *(f"topic {rule}" for rule in each.rules), ""))
        for name, each in sorted(entries.items())
    )
    write_for_broker(home.broker / "rules", "\n".join(rules))
    write_for_broker(home.broker / "passwords", passwords)


def reload_broker(home: Home) -> bool:
    """Make the running broker reload its files; return False if it doesn't run."""
    process = records.find_running(home.run, "broker")
    if process is None:
        return False
    process.send_signal(signal.SIGHUP)
    return True
