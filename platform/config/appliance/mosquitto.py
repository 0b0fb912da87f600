"""mosquitto on this machine: its program, its accounts plugin, its system user."""

import grp
import os
import pwd
import shutil
from pathlib import Path

SYSTEM_USER = "mosquitto"
PLUGIN = "mosquitto_dynamic_security.so"
# Debian, Alpine and Arch, Fedora, built from source, Homebrew.
LIBRARIES = (
    "/usr/lib/*-linux-gnu*",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/opt/homebrew/lib",
)
# Where the broker stores accounts: in its plugin, or in files.
DYNSEC, FILES = "dynsec", "files"


def find_mosquitto() -> str | None:
    """Return the path of mosquitto's program; Debian's is not in a normal user's PATH."""
    if os.environ.get("GATEHOUSE_BROKER") == "embedded":
        return None
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def find_plugin() -> str | None:
    """Return the path of the dynamic security plugin; None if it or mosquitto is missing."""
    if find_mosquitto() is None:
        return None
    places = (Path("/").glob(folder.lstrip("/") + "/" + PLUGIN) for folder in LIBRARIES)
    return next((str(path) for found in places for path in found), None)


def accounts_kind() -> str:
    """Return where this machine's broker stores accounts: DYNSEC or FILES."""
    return DYNSEC if find_plugin() else FILES


def has_user() -> bool:
    """Return whether the system has mosquitto's user."""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return False
    return True


def broker_group() -> int:
    """Return the group id of mosquitto's system user; root's if it doesn't exist."""
    try:
        return grp.getgrnam(SYSTEM_USER).gr_gid
    except KeyError:
        return 0


def write_for_broker(path: Path, text: str) -> None:
    """Replace a file atomically; the broker's system user may read it."""
    partial = path.with_name(f".{path.name}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if os.geteuid() == 0:
        os.chown(partial, 0, broker_group())
    partial.replace(path)
