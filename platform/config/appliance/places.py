"""Paths of the appliance: everything it writes is below one folder, GATEHOUSE_HOME."""

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CODE = Path(__file__).resolve().parent.parent.parent.parent


@dataclass(frozen=True)
class Home:
    """The folder of one appliance and the paths in it."""

    root: Path

    @classmethod
    def at(cls, path: str | Path) -> "Home":
        """Return the home at a path, made absolute because child processes change their folder."""
        return cls(Path(path).expanduser().resolve())

    @cached_property
    def run(self) -> Path:
        """Records of the started processes, and the supervisor's lock."""
        return self.root / "run"

    @cached_property
    def log(self) -> Path:
        """One log file per process."""
        return self.root / "log"

    @cached_property
    def postgres(self) -> Path:
        """The data folder of the embedded PostgreSQL."""
        return self.root / "postgres"

    @cached_property
    def broker(self) -> Path:
        """The broker's configuration, passwords and stored messages."""
        return self.root / "broker"

    @cached_property
    def tls(self) -> Path:
        """Our own certificate authority and the server's certificate (mode 700)."""
        return self.root / "tls"

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
        """The database superuser's password (mode 600); used only to create roles and database."""
        return self.root / "postgres.password"

    @cached_property
    def owner_password(self) -> Path:
        """The password of the database role that owns the tables (mode 600); `migrate` uses it."""
        return self.root / "database-owner.password"

    def create(self) -> None:
        """Create the folders; other system users may pass through the root, but list none."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        for folder in (self.run, self.log, self.root / "media"):  # photos are personal data
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically, readable by its owner only.

    After a crash the file holds either the old text or the new one: it may be a secret that is
    stored nowhere else.
    """
    partial = path.with_name(f".{path.name}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def allow_traversal(path: Path) -> list[Path]:
    """Let other system users pass through every folder above a path; return those changed.

    PostgreSQL refuses to run as root. Root therefore starts it as another user, who has to reach
    the data and the programs. Listing the folders is not granted.
    """
    changed = []
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
            changed.append(folder)
    return changed


def change_owner(user: str, *paths: Path) -> None:
    """Change the owner and group of paths, not recursively."""
    for path in paths:
        shutil.chown(path, user, user)
