"""The keys of an installation, without which a restored database cannot be used.

The master key derives device commands' keys, broker passwords and the audit chain's HMAC; the
secret key signs sessions and links. They are encrypted where the operator names a passphrase file;
else they are stored as text (mode 600), readable by anyone who has the backup.
"""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from config.appliance.places import write_private
from config.backup.errors import BackupError

NAMES = ("GATEHOUSE_MASTER_KEY", "GATEHOUSE_SECRET_KEY")
_SALT_BYTES = 16
_MIN_PASSPHRASE = 12


def read_passphrase(path: str | None) -> str:
    """Read the passphrase from the first line of a file; empty where no file is named.

    Raises:
        BackupError: the file cannot be read, or the passphrase is too short.
    """
    if not path:
        return ""
    try:
        passphrase = Path(path).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, ValueError) as error:
        raise BackupError(f"The passphrase file {path} cannot be read: {error}.") from None
    if len(passphrase) < _MIN_PASSPHRASE:
        raise BackupError(f"{path}: use a passphrase of at least {_MIN_PASSPHRASE} characters.")
    return passphrase


def write(path: Path, keys: Mapping[str, str], passphrase: str) -> None:
    """Write the keys, encrypted where there is a passphrase."""
    text = "".join(f"{name}={keys[name]}\n" for name in NAMES)
    write_private(path, sealed(text, passphrase))


def read(path: Path, passphrase: str, encrypted: bool) -> dict[str, str]:
    """Read the keys of a backup.

    Raises:
        BackupError: they are encrypted and the passphrase is missing or wrong.
    """
    text = opened(path.read_text(encoding="utf-8"), passphrase, encrypted)
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, _, value in pairs if name in NAMES}


def sealed(text: str, passphrase: str) -> str:
    """Return a secret text as a backup holds it: encrypted where there is a passphrase."""
    if not passphrase:
        return text
    salt = os.urandom(_SALT_BYTES)
    return f"{salt.hex()}\n{_cipher(passphrase, salt).encrypt(text.encode()).decode()}\n"


def opened(text: str, passphrase: str, encrypted: bool) -> str:
    """Return a secret text of a backup.

    Raises:
        BackupError: it is encrypted and the passphrase is missing or wrong.
    """
    return _decrypt(text, passphrase) if encrypted else text


def _decrypt(text: str, passphrase: str) -> str:
    if not passphrase:
        raise BackupError("The keys of this backup are encrypted: name --passphrase-file.")
    salt, token = text.split()
    try:
        return _cipher(passphrase, bytes.fromhex(salt)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise BackupError("The passphrase is not the one this backup was made with.") from None


def _cipher(passphrase: str, salt: bytes) -> Fernet:
    # The parameters RFC 7914 names for files: about 0.1 s and 64 MB for each guess.
    kdf = Scrypt(salt=salt, length=32, n=2**16, r=8, p=1)
    return Fernet(base64.urlsafe_b64encode(kdf.derive(passphrase.encode())))
