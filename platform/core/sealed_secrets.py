"""Secrets in columns of the database: encrypted, and bound to what they belong to.

AES-256-GCM with a key derived from the master key. The context, such as ``feed endpoint:7``, is
authenticated: a secret that is copied into another row cannot be opened there.
"""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core import keys

_NONCE_BYTES = 12


class UnreadableSecretError(Exception):
    """A secret was encrypted with another master key, or belongs to another row."""


def seal(text: str, context: str) -> str:
    """Encrypt a secret for the database; an empty one stays empty."""
    if not text:
        return ""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher().encrypt(nonce, text.encode(), context.encode())
    return base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str, context: str) -> str:
    """Decrypt a secret; empty for an empty one.

    Raises:
        UnreadableSecretError: it is not a secret of this installation and context.
    """
    if not sealed:
        return ""
    try:
        raw = base64.b64decode(sealed, validate=True)
        nonce, text = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        return _cipher().decrypt(nonce, text, context.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise UnreadableSecretError(context) from error


def _cipher() -> AESGCM:
    return AESGCM(keys.derive("secrets in columns"))
