"""The certificate of the web server that an administrator chose in the console.

The choice is a file of the home, because the supervisor reads it before there is a database. An
uploaded key is stored beside the appliance's own keys, readable by its owner only: the web server
reads it as a file.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from config.appliance.places import Home, write_private

GENERATED = "generated"  # instead of a certificate's file
_UPLOADED = "uploaded"


@dataclass(frozen=True)
class CertificateChoice:
    """Which certificate a server uses.

    Attributes:
        certificate: a file with the certificate and its chain, GENERATED, or empty for no TLS.
        key: the file of its key; empty unless `certificate` is a file.
    """

    certificate: str
    key: str = ""

    @property
    def is_generated(self) -> bool:
        """Whether it is one of our own authority."""
        return self.certificate == GENERATED


def chosen(home: Home) -> CertificateChoice:
    """Return the certificate chosen in the console; an empty one where none is."""
    kind = _kind(home)
    if kind == GENERATED:
        return CertificateChoice(GENERATED)
    certificate, key = uploaded_files(home)
    if kind == _UPLOADED and certificate.is_file() and key.is_file():
        return CertificateChoice(str(certificate), str(key))
    return CertificateChoice("")


def choose_generated(home: Home) -> None:
    """Choose a certificate of the appliance's own authority."""
    _choose(home, GENERATED)


def choose_uploaded(home: Home, certificate: str, key: str) -> None:
    """Choose a certificate with its chain, and its key, both in PEM format."""
    home.tls.mkdir(parents=True, exist_ok=True)
    home.tls.chmod(0o700)
    files = uploaded_files(home)
    write_private(files[1], key)
    write_private(files[0], certificate)
    _choose(home, _UPLOADED)


def choose_none(home: Home) -> None:
    """Choose plain HTTP, and remove an uploaded key."""
    (home.root / "https.json").unlink(missing_ok=True)
    for file in uploaded_files(home):
        file.unlink(missing_ok=True)


def uploaded_files(home: Home) -> tuple[Path, Path]:
    """Return the files of an uploaded certificate and its key."""
    return home.tls / "web.crt", home.tls / "web.key"


def served_file(home: Home, choice: CertificateChoice) -> Path | None:
    """Return the file of the certificate that the web server uses; None for plain HTTP."""
    if choice.is_generated:
        return home.tls / "server.crt"
    return Path(choice.certificate) if choice.certificate else None


def digest(home: Home, choice: CertificateChoice) -> str:
    """Return what differs where the web server has to start again to use the choice."""
    file = served_file(home, choice)
    if file is None or choice.is_generated:
        return choice.certificate
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _choose(home: Home, kind: str) -> None:
    write_private(home.root / "https.json", json.dumps({"certificate": kind}) + "\n")


def _kind(home: Home) -> str:
    try:
        found = json.loads((home.root / "https.json").read_text(encoding="utf-8"))
        return str(found["certificate"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
