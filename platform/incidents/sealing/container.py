"""The format of a sealed file: a zip whose manifest names every other file with its SHA-256.

``manifest.json`` is signed by the site's key (ECDSA P-256, SHA-256): ``manifest.sig`` has the
signature in DER, ``certificate.pem`` the self-signed certificate. A receiver compares the
certificate's fingerprint with the one that the site's page shows. Entries are stored without
compression, so that equal content gives equal bytes everywhere, and a byte that was changed outside
the content is found, too. This module needs neither database nor settings.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

FORMAT = "gatehouse-incident/1"
MANIFEST, SIGNATURE, CERTIFICATE = "manifest.json", "manifest.sig", "certificate.pem"
_OWN = (MANIFEST, SIGNATURE, CERTIFICATE)
# The date of each entry, so that equal content gives an equal file.
_DATE = (2000, 1, 1, 0, 0, 0)
_UNIX = 3  # the system in each entry, whichever one writes it
_LARGEST_OWN = 8 * 1024 * 1024
_CHUNK = 1 << 20
_UNREADABLE = (
    zipfile.BadZipFile,
    OSError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
)


@dataclass
class Findings:
    """What is wrong with a sealed file.

    Attributes:
        problems: codes that concern the whole, such as ``signature_wrong``.
        altered: names of files whose content differs from the manifest.
        missing: names that the manifest has and the file lacks.
        added: names that the manifest does not have.
        fingerprint: of the certificate, SHA-256 in hex; empty if there is none.
        facts: what the manifest says about the whole; empty if it can't be read.
    """

    problems: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    fingerprint: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.problems or self.altered or self.missing or self.added)


class SealedWriter:
    """Writes a sealed file.

    Args:
        file: where it is written.
        facts: what the manifest says about the whole, as plain JSON.
    """

    def __init__(self, file: BinaryIO, facts: Mapping[str, Any]) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._facts = dict(facts)
        self._files: list[dict[str, Any]] = []

    def add(self, name: str, content: bytes) -> None:
        """Add a file.

        Raises:
            ValueError: the name is taken, or one of the container's own.
        """
        if name in _OWN or any(each["name"] == name for each in self._files):
            raise ValueError(f"{name} is taken")
        self._write(name, content)
        digest = hashlib.sha256(content).hexdigest()
        self._files.append({"name": name, "size": len(content), "sha256": digest})

    def close(self, sign: Callable[[bytes], bytes], certificate_pem: bytes) -> None:
        """Write the manifest with its signature, and close the zip."""
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        manifest = {
            "format": FORMAT,
            **self._facts,
            "certificate_sha256": _fingerprint(certificate),
            "files": self._files,
        }
        text = json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=False).encode()
        self._write(MANIFEST, text)
        self._write(SIGNATURE, sign(text))
        self._write(CERTIFICATE, certificate_pem)
        self._zip.close()

    def _write(self, name: str, content: bytes) -> None:
        self._zip.writestr(_entry(name), content)


def verify(path: Path, expected_fingerprint: str = "") -> Findings:
    """Verify a sealed file, offline.

    Args:
        expected_fingerprint: of the certificate that must have signed, SHA-256 in hex; without
            one, the reader compares `Findings.fingerprint` with the site's.
    """
    found = Findings()
    try:
        with zipfile.ZipFile(path) as opened:
            _verify(opened, found)
            if found.is_intact and not _is_as_written(opened, path):
                found.problems.append("foreign_bytes")
    except _UNREADABLE:
        found.problems.append("not_a_zip")
    wanted = expected_fingerprint.replace(":", "").strip().lower()
    if wanted and found.fingerprint != wanted:
        found.problems.append("other_key")
    return found


def _verify(opened: zipfile.ZipFile, found: Findings) -> None:
    names = [each.filename for each in opened.infolist()]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        found.problems.append("doubled_names")
        found.added += doubled
    own = {name: _read(opened, name) for name in _OWN if name in names}
    lacking = [name for name in _OWN if own.get(name) is None]
    if lacking:
        found.problems.append("not_sealed")
        found.missing += lacking
        return
    _check_signature(own, found)
    listed = _parse(own[MANIFEST] or b"", found)
    present = {name for name in names if name not in _OWN}
    found.missing += sorted(listed.keys() - present)
    found.added += sorted(present - listed.keys())
    found.altered += sorted(
        name for name in listed.keys() & present if not _is_same(opened, name, listed[name])
    )


def _check_signature(own: Mapping[str, bytes | None], found: Findings) -> None:
    pem = own[CERTIFICATE] or b""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        is_same = certificate.public_bytes(serialization.Encoding.PEM) == pem
        public = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        is_same = False
    if not is_same:
        found.problems.append("certificate_unreadable")
        return
    found.fingerprint = _fingerprint(certificate)
    try:
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise InvalidSignature
        public.verify(own[SIGNATURE] or b"", own[MANIFEST] or b"", ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        found.problems.append("signature_wrong")


def _parse(manifest: bytes, found: Findings) -> dict[str, dict[str, Any]]:
    """Return the files of the manifest by name."""
    try:
        parsed = json.loads(manifest)
        files = {str(each["name"]): each for each in parsed["files"]}
        is_known = parsed["format"] == FORMAT and len(files) == len(parsed["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        is_known, parsed, files = False, {}, {}
    if not is_known:
        found.problems.append("manifest_unreadable")
        return {}
    # The signature covers the certificate, too, through its digest in the manifest.
    if found.fingerprint and parsed.get("certificate_sha256") != found.fingerprint:
        found.problems.append("other_certificate")
    found.facts = {name: value for name, value in parsed.items() if name != "files"}
    return files


def _is_same(opened: zipfile.ZipFile, name: str, listed: Mapping[str, Any]) -> bool:
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in _chunks(opened, name):
            size += len(chunk)
            digest.update(chunk)
    except _UNREADABLE:
        return False
    return size == listed.get("size") and digest.hexdigest() == listed.get("sha256")


def _read(opened: zipfile.ZipFile, name: str) -> bytes | None:
    """Return one of the container's own files; None if it can't be read, or is too large."""
    content = b""
    try:
        for chunk in _chunks(opened, name):
            content += chunk
            if len(content) > _LARGEST_OWN:
                return None
    except _UNREADABLE:
        return None
    return content


def _chunks(opened: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the content of an entry, which is stored without compression.

    Raises:
        zipfile.BadZipFile: it is compressed, or damaged.
    """
    if opened.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise zipfile.BadZipFile(name)
    with opened.open(name) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _is_as_written(opened: zipfile.ZipFile, path: Path) -> bool:
    """Return whether the file has exactly the bytes that `SealedWriter` writes for its content."""
    with tempfile.TemporaryFile() as again:
        with zipfile.ZipFile(again, "w") as copied:
            for each in opened.infolist():
                copied.writestr(_entry(each.filename), opened.read(each))
        again.seek(0)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if chunk != again.read(_CHUNK):
                    return False
        return not again.read(1)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.create_system, entry.external_attr = _UNIX, 0o600 << 16
    return entry


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()
