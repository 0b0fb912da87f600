"""Sign commands, and verify them as a device does.

Pure functions: no database, no clock. Source of the rules: devices.md, identity and commands.
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
    """Return the bytes to sign: JSON with sorted keys, no spaces, UTF-8, without ``sig``."""
    unsigned = {name: value for name, value in body.items() if name != "sig"}
    text = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sign(body: Mapping[str, Any], key: bytes) -> str:
    """Return the signature: HMAC-SHA256 in hex."""
    return hmac.new(key, canonical(body), hashlib.sha256).hexdigest()


@dataclass
class CommandGuard:
    """A device's check of commands: it accepts each authentic command once.

    Attributes:
        device_id: the device's code, as commands name it.
        key: the device's key.
        last_seq: the highest number accepted so far; the device stores it across restarts.
    """

    device_id: str
    key: bytes
    last_seq: int = 0

    def admit(self, payload: bytes, now: datetime) -> dict[str, Any]:
        """Verify a command and return it for execution.

        Args:
            payload: the message's bytes.
            now: the device's clock (aware).

        Raises:
            Rejection: it is for another device, not signed with its key, expired, or replayed.
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
