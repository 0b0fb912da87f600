"""Signatures of Standard Webhooks 1.0.0 over id, timestamp and exact body.

``v1`` is HMAC-SHA256 by the secret that both sides have, ``v1a`` Ed25519 by a private key: whoever
has the public one can verify that we sent a message, and not have written it.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MARK = "whsec_"
# The specification's bounds of a secret's length.
LEAST_BYTES, MOST_BYTES = 24, 64


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of one secret, as ``v1,`` and base64.

    Args:
        secret: ``whsec_`` and base64.
        timestamp: of this attempt, in seconds since 1970 UTC.

    Raises:
        ValueError: the secret is malformed.
    """
    signed = _signed(message_id, timestamp, body)
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def key_signature(key: Ed25519PrivateKey, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a private key, as ``v1a,`` and base64."""
    found = key.sign(_signed(message_id, timestamp, body))
    return f"v1a,{base64.b64encode(found).decode()}"


def headers(
    secrets: Iterable[str],
    keys: Iterable[Ed25519PrivateKey],
    message_id: str,
    timestamp: int,
    body: bytes,
) -> dict[str, str]:
    """Return the headers of an attempt, signed with each of the secrets and of the keys.

    Raises:
        ValueError: a secret is malformed.
    """
    signatures = [
        *(signature(each, message_id, timestamp, body) for each in secrets),
        *(key_signature(each, message_id, timestamp, body) for each in keys),
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _signed(message_id: str, timestamp: int, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(MARK), validate=True)
    except binascii.Error as error:
        raise ValueError("the signing secret is not base64") from error
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError("the signing secret is too short or too long")
    return key
