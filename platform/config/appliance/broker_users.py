"""Who may talk to the broker: its password file and its rules, and how it takes them over.

`write_broker_users` is the one door: it is called whenever a device gets, changes or loses its
credentials, and the broker follows at once, without a restart; a device that is no longer in the
file is sent away.
"""

import base64
import fcntl
import grp
import hashlib
import hmac
import os
import re
import secrets
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from config.appliance import records
from config.appliance.places import Home

BACKEND = "backend"
ITERATIONS = 1000  # device passwords are long and random; the broker hashes while others wait
USERNAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
HASH = re.compile(r"\$7\$\d{1,7}\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]{88}")
RULES = """\
user backend
topic readwrite #

pattern write gh/v1/+/%u/up/#
pattern read gh/v1/+/%u/down/#
pattern write %u/device/message/up/#
pattern write %u/device/message/down/+/reply
pattern read %u/device/message/down/#
"""

Users = Mapping[str, str]


class BrokerUserError(ValueError):
    """A user name or password that the broker cannot take; the text names it."""


def hash_password(password: str) -> str:
    """The password as mosquitto keeps it: `$7$iterations$salt$hash`, PBKDF2 with SHA-512.

    Source of the form: mosquitto_passwd, which writes the same.
    """
    salt = secrets.token_bytes(12)
    return _hashed(password, salt, ITERATIONS)


def _hashed(password: str, salt: bytes, iterations: int) -> str:
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)
    texts = (base64.b64encode(part).decode() for part in (salt, derived))
    return "$".join(("", "7", str(iterations), *texts))


def password_is(password: str, hashed: str) -> bool:
    """True where `password` is the one that `hashed` was made of."""
    if not HASH.fullmatch(hashed):
        return False
    _, _, iterations, salt, _ = hashed.split("$")
    return hmac.compare_digest(_hashed(password, base64.b64decode(salt), int(iterations)), hashed)


def write_broker_users(home: Home, users: Users | Callable[[], Users]) -> bool:
    """Make `users` (name to password, or to its hash from `hash_password`) the broker's devices.

    All devices are given each time: one that is left out is refused from now on, and sent away if
    it is connected. Give a function to have the devices read after the lock is taken, so that of
    two writers the later one never writes what it read before the other. The backend's own
    password stays. True where a running broker was told; False where none runs.

    Raises BrokerUserError, and changes nothing, for a name or password the broker cannot take.
    """
    home.broker.mkdir(mode=0o750, exist_ok=True)
    with (home.broker / "passwords.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        devices = users() if callable(users) else users
        kept = {n: h for n, h in read_passwords(home).items() if n == BACKEND}
        _replace(home, {**{n: _checked(n, p) for n, p in devices.items()}, **kept})
        return tell_broker(home)


def set_backend_password(home: Home, password: str) -> None:
    """Give the product's own broker user its password, which may do everything."""
    current = read_passwords(home)
    if not password_is(password, current.get(BACKEND, "")):
        _replace(home, {**current, BACKEND: hash_password(password)})


def read_passwords(home: Home) -> dict[str, str]:
    """The password file: name to hash; empty where there is none yet."""
    try:
        text = (home.broker / "passwords").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _checked(name: str, password: str) -> str:
    if name == BACKEND or not USERNAME.fullmatch(name):
        raise BrokerUserError(
            f"The broker user name {name!r} cannot be used: take 1 to 64 letters, digits, dots, "
            f"hyphens or underscores, and not {BACKEND!r}."
        )
    if not password:
        raise BrokerUserError(f"The broker user {name!r} has an empty password: give it one.")
    return password if HASH.fullmatch(password) else hash_password(password)


def _replace(home: Home, hashes: Mapping[str, str]) -> None:
    lines = "".join(f"{name}:{hashed}\n" for name, hashed in sorted(hashes.items()))
    write_for_broker(home.broker / "passwords", lines)


def write_for_broker(path: Path, text: str) -> None:
    """Replace a file in one step; the broker, which root runs as another user, may read it."""
    partial = path.with_name(f".{path.name}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if os.geteuid() == 0:
        os.chown(partial, 0, broker_group())
    partial.replace(path)


def broker_group() -> int:
    """The group id of the broker's system user; root's own where the machine has none."""
    try:
        return grp.getgrnam("mosquitto").gr_gid
    except KeyError:
        return 0


def tell_broker(home: Home) -> bool:
    """Have the running broker read its files again; False where none of ours runs."""
    process = records.living(home.run, "broker")
    if process is None:
        return False
    process.send_signal(signal.SIGHUP)
    return True
