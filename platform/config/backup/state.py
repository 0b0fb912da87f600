"""When the last backup of this installation was taken, for `manage.py doctor`."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.appliance.places import Home, write_private

NAME = "backup.json"


@dataclass(frozen=True)
class LastBackup:
    """The newest complete backup."""

    created_at: datetime
    folder: str


def remember(home: Home, created_at: str, folder: Path) -> None:
    """Write down that a backup was completed."""
    text = json.dumps({"created_at": created_at, "folder": str(folder)})
    write_private(home.root / NAME, text + "\n")


def last_backup(home: Home) -> LastBackup | None:
    """Return the newest complete backup; None where none was recorded."""
    try:
        record = json.loads((home.root / NAME).read_text(encoding="utf-8"))
        return LastBackup(datetime.fromisoformat(record["created_at"]), record["folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
