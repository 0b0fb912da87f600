"""How a device of ours checks a command: devices.md, "Identity and commands".

Written from the public format alone, as a maker of devices would.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

FIELDS = frozenset(
    ("cmd_id", "device_id", "action", "args", "seq", "issued_at", "not_after", "actor", "reason")
) | {"key_id", "sig"}


def canonical(command: dict[str, Any]) -> bytes:
    """Return the signed bytes: every field but `sig`, keys sorted, no blanks, UTF-8."""
    said = {key: value for key, value in command.items() if key != "sig"}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signature(command: dict[str, Any], key: bytes) -> str:
    """Return the hex HMAC-SHA256 of the command with the device's key."""
    return hmac.new(key, canonical(command), hashlib.sha256).hexdigest()


class Checker:
    """Refuses commands that are forged, replayed, late or another device's."""

    def __init__(self, device: str, key: bytes) -> None:
        self.device, self.key, self.last_seq = device, key, 0

    def refusal(self, command: dict[str, Any], now: datetime) -> str | None:
        """Return why the command is refused; None takes its `seq` as used and accepts it."""
        reason = self._refusal(command, now)
        if reason is None:
            self.last_seq = command["seq"]
        return reason

    def _refusal(self, command: dict[str, Any], now: datetime) -> str | None:
        missing = FIELDS - command.keys()
        if missing:
            return f"missing {min(missing)}"
        if not hmac.compare_digest(
            str(command["sig"]).encode(), signature(command, self.key).encode()
        ):
            return "bad signature"
        if command["device_id"] != self.device:
            return "another device"
        if type(command["seq"]) is not int or command["seq"] <= self.last_seq:
            return "replayed"
        return None if _instant(command["not_after"]) >= now else "expired"


def _instant(text: object) -> datetime:
    """Return the instant; what is none counts as long past."""
    try:
        return datetime.fromisoformat(str(text)).astimezone()
    except (ValueError, OverflowError):
        return datetime.fromisoformat("1970-01-01T00:00:00+00:00")
