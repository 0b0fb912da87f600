"""Encrypt templates and photos: AES-256-GCM under a key per person.

What a row belongs to is authenticated: person, site, purpose and the version of this format. A row
that is copied to another person can't be decrypted there.
"""

import secrets
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from devices.vision.faces.contract import Template
from doors.faces import key_store

VERSION = 1
_NONCE_BYTES = 12


class Unreadable(ValueError):  # noqa: N818 - the name states the condition
    """A row was altered, or belongs to another person, site or purpose."""


def seal(key: bytes, data: bytes, *, person: int, site: int, purpose: str) -> bytes:
    """Encrypt under a person's key."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, _context(person, site, purpose, VERSION))


def unseal(
    key_id: str, sealed: bytes | memoryview, *, person: int, site: int, purpose: str, version: int
) -> bytes:
    """Decrypt what `seal` has encrypted.

    Raises:
        KeyMissing: its key was destroyed.
        Unreadable: it belongs to something else, or was altered.
    """
    raw = bytes(sealed)
    context = _context(person, site, purpose, version)
    try:
        key = key_store.load(key_id)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"of person {person}") from error


def packed(template: Template) -> bytes:
    """Return a template as bytes: 4 per number."""
    return struct.pack(f"<{len(template)}f", *template)


def unpacked(data: bytes) -> Template:
    """Return the template of `packed`."""
    return struct.unpack(f"<{len(data) // 4}f", data)


def _context(person: int, site: int, purpose: str, version: int) -> bytes:
    return f"{person}|{site}|{purpose}|{version}".encode()
