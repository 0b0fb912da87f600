"""Texts in addresses that only this installation can read, such as a plate that is searched for.

Addresses are stored in browsers' histories and in the logs of every proxy, where no personal data
belongs. The same text always gives the same token (AES-SIV, RFC 5297), so that an address can be
compared, kept and sent to a colleague.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from core import keys

# What a sealed text begins with; no plate and no name does.
MARK = "~"


def seal(text: str) -> str:
    """Return the token of a text; empty for an empty text."""
    if not text:
        return ""
    sealed = _cipher().encrypt(text.encode(), None)
    return MARK + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(token: str) -> str:
    """Return the text of a token; empty for one that this installation did not make."""
    encoded = token.removeprefix(MARK)
    try:
        sealed = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        return _cipher().decrypt(sealed, None).decode()
    except (binascii.Error, InvalidTag, ValueError):
        return ""


def _cipher() -> AESSIV:
    return AESSIV(keys.derive("text in an address", 64))
