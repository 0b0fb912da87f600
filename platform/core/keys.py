"""Keys for single purposes, derived from the installation's master key."""

from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MASTER_KEY_BYTES = 32


def derive(purpose: str, length: int = 32) -> bytes:
    """Derive the key of a purpose: HKDF-SHA256 of the master key (RFC 5869).

    Raises:
        ImproperlyConfigured: GATEHOUSE_MASTER_KEY is missing or not 32 bytes in hex.
    """
    return _derive(_master_key(), purpose, length)


@lru_cache(maxsize=64)
def _derive(master: bytes, purpose: str, length: int) -> bytes:
    """Derive a key; every audit entry needs the same one."""
    return HKDF(hashes.SHA256(), length, salt=None, info=purpose.encode()).derive(master)


def _master_key() -> bytes:
    try:
        key = bytes.fromhex(settings.MASTER_KEY)
    except ValueError:
        key = b""
    if len(key) < MASTER_KEY_BYTES:
        raise ImproperlyConfigured(
            "GATEHOUSE_MASTER_KEY must be at least 64 hex digits; "
            "`make up` generates one, or use `openssl rand -hex 32`"
        )
    return key
