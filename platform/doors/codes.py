"""PINs and codes: how they are made, looked up and checked. Pure, with keys of the site.

A PIN of six digits has few values, so a plain hash would show it to whoever reads the table; its
HMAC needs the site's key, which is derived from the installation's master key. A code holds the
token's number, the step of 30 seconds in which it was made, and an HMAC of both.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from core import keys

DIGITS = 6
STEP_S = 30
#: The step of a printed code, which is none.
PRINTED = 0
_MAC_BYTES = 16
_CODE = re.compile(r"GH1\.(\d{1,18})\.(\d{1,12})\.([A-Za-z0-9_-]{22})", re.ASCII)
_PIN = re.compile(r"\d{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says, whose HMAC is right.

    Attributes:
        token: the key of its row.
        step: the step of 30 seconds in which it was made; `PRINTED` for a printed one.
    """

    token: int
    step: int

    def is_timely(self, at: datetime) -> bool:
        """Whether it was made in the step of an instant, or in the one before it."""
        return self.step == PRINTED or 0 <= step_of(at) - self.step <= 1


def new_pin() -> str:
    """Return a PIN by chance."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def twin_of(pin: str) -> str:
    """Return the PIN that calls for help: its last digit is one more, 0 after 9."""
    return f"{pin[:-1]}{(int(pin[-1]) + 1) % 10}"


def is_pin(text: str) -> bool:
    """Whether a text has the form of a PIN."""
    return _PIN.fullmatch(text) is not None


def pin_digest(site_id: int, pin: str) -> str:
    """Return the HMAC under which a PIN is stored and looked up."""
    key = keys.derive(f"door pins {site_id}")
    return hmac.new(key, pin.encode(), hashlib.sha256).hexdigest()


def step_of(at: datetime) -> int:
    """Return the step of 30 seconds of an instant."""
    return int(at.timestamp()) // STEP_S


def code_of(site_id: int, token_id: int, step: int) -> str:
    """Return the text of the QR code of a token in a step."""
    return f"GH1.{token_id}.{step}.{_mac(site_id, token_id, step)}"


def read_code(site_id: int, text: str) -> Code | None:
    """Return what a code says; None if it is no code of the site."""
    found = _CODE.fullmatch(text)
    if found is None:
        return None
    token, step = int(found[1]), int(found[2])
    right = hmac.compare_digest(found[3], _mac(site_id, token, step))
    return Code(token, step) if right else None


def _mac(site_id: int, token_id: int, step: int) -> str:
    key = keys.derive(f"door codes {site_id}")
    digest = hmac.new(key, f"{token_id}.{step}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_MAC_BYTES]).decode().rstrip("=")
