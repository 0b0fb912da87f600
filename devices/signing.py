"""How a command is signed, and how a device tells a true one from a forged or replayed one.

Pure: no database, no clock. devices.md (identity and commands) is the source of the rules.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devices.rejections import rejected


def canonical(body: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed: keys in order, no spaces, UTF-8, without ``sig``."""
    unsigned = {name: value for name, value in body.items() if name != "sig"}
    text = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sign(body: Mapping[str, Any], key: bytes) -> str:
    """Return the signature: HMAC-SHA256 in hex."""
    return hmac.new(key, canonical(body), hashlib.sha256).hexdigest()


@dataclass
class CommandGuard:
    """A device's own door: it lets each true command through once.

    Attributes:
        device_id: the device's code, as commands name it.
        key: the device's key.
        last_seq: the highest number let through so far; the device keeps it over a restart.
    """

    device_id: str
    key: bytes
    last_seq: int = 0

    def admit(self, payload: bytes, now: datetime) -> dict[str, Any]:
        """Return the command, to be carried out now.

        Args:
            payload: the message's bytes.
            now: the device's clock (aware).

        Raises:
            Rejection: it is not for this device, not signed with its key, late, or not new.
        """
        body = _object(payload)
        if body.get("device_id") != self.device_id:
            raise rejected("device_id", "other_device")
        if not hmac.compare_digest(str(body.get("sig")).encode(), sign(body, self.key).encode()):
            raise rejected("sig", "signature_invalid")
        if now >= _instant(body.get("not_after")):
            raise rejected("not_after", "expired")
        seq = body.get("seq")
        if not isinstance(seq, int) or seq <= self.last_seq:
            raise rejected("seq", "sequence_reused", seq=seq)
        self.last_seq = seq
        return body


def _object(payload: bytes) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise rejected("payload", "not_a_json_object")
    return body


def _instant(text: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise rejected("not_after", "not_rfc3339", value=text)
    return instant
