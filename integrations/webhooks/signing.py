"""Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 over id, timestamp and exact body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

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
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of an attempt, signed with each of the secrets.

    Raises:
        ValueError: a secret is malformed.
    """
    signatures = [signature(each, message_id, timestamp, body) for each in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(MARK), validate=True)
    except binascii.Error as error:
        raise ValueError("the signing secret is not base64") from error
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError("the signing secret is too short or too long")
    return key
