"""The installation's key for push messages (VAPID, RFC 8292), generated once and stored encrypted.

Browsers subscribe with the public key; push services then accept messages of its owner only.
"""

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from core import installation

NAME = "push"
_PUBLIC, _PRIVATE = "public_key", "private_key"
_ACTOR = "push"


@dataclass(frozen=True)
class VapidKey:
    """A key pair: the public key as browsers take it, the private one as PEM."""

    public: str
    private_pem: str = field(repr=False)


def vapid_key() -> VapidKey | None:
    """Return the key, generated at the first call.

    Returns:
        None where another master key encrypted it.
    """
    stored = installation.load(NAME)
    if not stored.values:
        public, private = _generate()
        installation.store_first(NAME, _ACTOR, {_PUBLIC: public}, {_PRIVATE: private})
        stored = installation.load(NAME)
    if not stored.is_readable:
        return None
    return VapidKey(str(stored.values[_PUBLIC]), stored.secrets[_PRIVATE])


def public_key() -> str:
    """Return the public key as base64url; empty where push messages can't be sent."""
    key = vapid_key()
    return key.public if key is not None else ""


def _generate() -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return base64.urlsafe_b64encode(point).decode().rstrip("="), pem.decode()
