"""The manifest of a backup: what it was taken from, how many rows it holds, checksums."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from config.appliance.places import write_private
from config.backup.errors import BackupError

FORMAT = 1
NAME = "manifest.json"
DATABASE, PHOTOS, KEYS = "database.dump", "media.tar", "keys.env"
ANCHORS = "audit.anchors"  # missing where no anchor was written yet
CERTIFICATES = "certificates.json"  # missing where there are none
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        format: version of this layout.
        created_at: when the snapshot was taken (RFC 3339, UTC).
        gatehouse: version of Gatehouse.
        postgres: version number of the server, such as 180001.
        timescaledb: version of the extension; empty on plain PostgreSQL.
        migrations: applied migrations, as `app.name`.
        roles: database roles that own or may use something in the database.
        rows: rows of each table in the snapshot.
        keys_encrypted: whether the keys need a passphrase.
        sha256: checksum of each file of the backup.
    """

    format: int
    created_at: str
    gatehouse: str
    postgres: int
    timescaledb: str
    migrations: list[str]
    roles: list[str]
    rows: Mapping[str, int]
    keys_encrypted: bool
    sha256: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write it into the folder; a backup without it is incomplete."""
        write_private(folder / NAME, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a backup.

        Raises:
            BackupError: the folder holds no complete backup, or one of another format.
        """
        try:
            manifest = cls(**json.loads((folder / NAME).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise BackupError(f"{folder} holds no complete backup: {NAME} is missing.") from None
        except (OSError, ValueError, TypeError) as error:
            raise BackupError(f"{folder / NAME} cannot be read: {error}.") from None
        if manifest.format != FORMAT:
            raise BackupError(
                f"{folder} has backup format {manifest.format}, and this version of Gatehouse "
                f"reads format {FORMAT}: use the version that made it ({manifest.gatehouse})."
            )
        return manifest

    def check_files(self, folder: Path) -> None:
        """Compare every file with its checksum.

        Raises:
            BackupError: a file is missing or was changed.
        """
        for name, expected in self.sha256.items():
            path = folder / name
            if not path.is_file():
                raise BackupError(f"{path} is missing: this backup is incomplete.")
            if sha256(path) != expected:
                raise BackupError(f"{path} is damaged: its checksum is not the manifest's.")


def sha256(path: Path) -> str:
    """Return the checksum of a file in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
