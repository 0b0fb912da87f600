"""Where the appliance keeps what it makes: everything lies below one folder, GATEHOUSE_HOME."""

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CODE = Path(__file__).resolve().parent.parent.parent.parent


@dataclass(frozen=True)
class Home:
    """The folder of one appliance and the names of what lies in it."""

    root: Path

    @classmethod
    def at(cls, path: str | Path) -> "Home":
        """The home at `path`, made absolute: children may start in another folder."""
        return cls(Path(path).expanduser().resolve())

    @cached_property
    def run(self) -> Path:
        """Records of the processes that were started, and the lock of the supervisor."""
        return self.root / "run"

    @cached_property
    def log(self) -> Path:
        """One file of log lines for each process."""
        return self.root / "log"

    @cached_property
    def postgres(self) -> Path:
        """The data folder of the embedded PostgreSQL."""
        return self.root / "postgres"

    @cached_property
    def broker(self) -> Path:
        """Configuration, passwords and stored messages of the broker."""
        return self.root / "broker"

    @cached_property
    def runtime_env(self) -> Path:
        """Addresses and secrets that every process reads (mode 600)."""
        return self.root / "runtime.env"

    @cached_property
    def admin_password(self) -> Path:
        """The first password of the administrator (mode 600)."""
        return self.root / "admin.password"

    @cached_property
    def postgres_password(self) -> Path:
        """The database superuser's password (mode 600); the product itself never uses it."""
        return self.root / "postgres.password"

    @cached_property
    def owner_password(self) -> Path:
        """The password of the database role that migrates (mode 600); no process uses it."""
        return self.root / "database-owner.password"

    def make(self) -> None:
        """Create the folders; others may pass through the root, and look into none of them."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        for folder in (self.run, self.log, self.root / "media"):  # photos are personal data
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, readable by its owner alone.

    A crash leaves either the old text or the new one, never half of it: secrets live here.
    """
    partial = path.with_name(f".{path.name}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def open_the_way(path: Path) -> list[Path]:
    """Let other system users pass through every folder above `path`; return those changed.

    PostgreSQL refuses to run as root, so root starts it as a user of its own, which has to reach
    its data and its programs. Only passing through is granted, not listing.
    """
    changed = []
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
            changed.append(folder)
    return changed


def give_to(user: str, *paths: Path) -> None:
    """Make `user` and its main group the owner of the paths themselves (not of what is below)."""
    for path in paths:
        shutil.chown(path, user, user)
