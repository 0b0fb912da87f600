"""Accounts of a broker without the dynamic security plugin: a password file and a rules file.

Both are mosquitto's own; the embedded broker reads the same two. The broker follows at once,
without a restart; a device that is no longer in the files, or whose password changed, is sent away.
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
from devices.ports import Account, Astray
from integrations.mosquitto.acl import BACKEND
from integrations.mosquitto.passwords import SALT_BYTES, hash_password, verify_password

OFF = "#"
BACKEND_RULES = ("readwrite #", "readwrite $share/#")
USERNAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class BrokerUserError(ValueError):
    """A user name that the broker cannot take; the text names it."""


@dataclass(frozen=True)
class Entry:
    """What the files have of one account: the password's hash, and lines such as `write a/#`.

    One that is not enabled stands behind a `#`: a comment to the broker.
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
        """Make these accounts so, at once; others stay as they are.

        Raises BrokerUserError, and changes nothing, for a name the broker cannot take.
        """
        self._change(lambda entries: entries.update(_entries(accounts, entries)))

    def drop(self, names: Sequence[str]) -> None:
        """Forget these accounts: who is signed in under one is sent away."""
        self._change(lambda entries: [entries.pop(name, None) for name in names])

    def astray(self, accounts: Sequence[Account]) -> Astray:
        """Compare the files with all accounts of the registry; nothing is changed."""
        entries = read_entries(self.home)
        wanted = _entries(accounts, entries)
        known = {account.name for account in accounts}
        return Astray(
            different=tuple(n for n in known if entries.get(n) != wanted.get(n)),
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
                tell_broker(self.home)


def set_backend_password(home: Home, password: str) -> None:
    """Give the product's own broker user its password, which may do everything."""
    entries = read_entries(home)
    known = entries.get(BACKEND, Entry("", ()))
    same = verify_password(password, known.hashed)
    entry = Entry(known.hashed if same else hash_password(password), BACKEND_RULES)
    if entry != known:
        _write(home, {**entries, BACKEND: entry})


def read_passwords(home: Home) -> dict[str, str]:
    """Who may sign in by the password file: name to hash; empty where there is none yet."""
    return {n: hashed for n, hashed in _passwords(home).items() if not n.startswith(OFF)}


def _passwords(home: Home) -> dict[str, str]:
    lines = _lines(home.broker / "passwords")
    return dict(line.split(":", 1) for line in lines if ":" in line)


def read_rules(home: Home) -> Mapping[str, tuple[str, ...]]:
    """The rules file: name to its lines; read again only when it was replaced."""
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
    """What both files have, by name."""
    rules, passwords = read_rules(home), _passwords(home)
    found = ((marked.removeprefix(OFF), marked) for marked in passwords)
    return {
        name: Entry(passwords[marked], rules.get(name, ()), marked == name)
        for name, marked in found
    }


def _lines(path: Path) -> list[str]:
    try:
        # As the broker does: `splitlines` would also end one where Unicode says so.
        return path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []


def _entries(accounts: Sequence[Account], known: Entries) -> Entries:
    """Return what the files shall have of the accounts."""
    entries = {account.name: _entry(account, known.get(account.name)) for account in accounts}
    return {name: entry for name, entry in entries.items() if entry is not None}


def _entry(account: Account, known: Entry | None) -> Entry | None:
    if account.name == BACKEND or not USERNAME.fullmatch(account.name):
        raise BrokerUserError(
            f"The broker user name {account.name!r} cannot be used: take 1 to 64 letters, digits, "
            f"dots, hyphens or underscores, and not {BACKEND!r}."
        )
    hashed = _hash_of(account, known.hashed if known else "")
    writes = (f"write {topic}" for topic in account.publishes)
    reads = (f"read {topic}" for topic in account.listens)
    return Entry(hashed, (*writes, *reads), account.enabled) if hashed else None


def _hash_of(account: Account, known: str) -> str:
    """Return the hash for the file.

    A hash that was made of this version of the password is known by its salt and is not made
    again: 2,000 of them would take two seconds.
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


def tell_broker(home: Home) -> bool:
    """Have the running broker read its files again; False where none of ours runs."""
    process = records.living(home.run, "broker")
    if process is None:
        return False
    process.send_signal(signal.SIGHUP)
    return True
