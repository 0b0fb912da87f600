"""mosquitto on this machine: its program, its plugin for accounts, its user, and files for it."""

import grp
import os
import pwd
import shutil
from pathlib import Path

SYSTEM_USER = "mosquitto"
PLUGIN = "mosquitto_dynamic_security.so"
# Debian and its like, Alpine and Arch, Fedora, built by hand, Homebrew.
LIBRARIES = (
    "/usr/lib/*-linux-gnu*",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/opt/homebrew/lib",
)
# How the broker's accounts are kept: by its plugin, or in files that it reads.
DYNSEC, FILES = "dynsec", "files"


def find_mosquitto() -> str | None:
    """The path of mosquitto's program; Debian keeps it where a plain user's PATH does not look."""
    if os.environ.get("GATEHOUSE_BROKER") == "embedded":
        return None
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def find_plugin() -> str | None:
    """The path of mosquitto's dynamic security plugin; None where it, or mosquitto, is missing."""
    if find_mosquitto() is None:
        return None
    places = (Path("/").glob(folder.lstrip("/") + "/" + PLUGIN) for folder in LIBRARIES)
    return next((str(path) for found in places for path in found), None)


def accounts_kind() -> str:
    """How a broker that runs on this machine keeps its accounts: DYNSEC or FILES."""
    return DYNSEC if find_plugin() else FILES


def has_user() -> bool:
    """True where the system has mosquitto's user."""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return False
    return True


def broker_group() -> int:
    """The group id of the broker's system user; root's own where the machine has none."""
    try:
        return grp.getgrnam(SYSTEM_USER).gr_gid
    except KeyError:
        return 0


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
