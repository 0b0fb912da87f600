"""Commands to devices: written with their cause, signed, sent once, then answered or unknown."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from core import clock, keys
from core.ids import ordered_id
from devices.models import Command, Device

CHANNEL = "gatehouse_commands"
HOLDS = timedelta(seconds=10)  # devices.md: not_after is at most 10 s away


@transaction.atomic
def send(device: Device, action: str, args: dict[str, Any], *, actor: str, reason: str) -> Command:
    """Write a signed command in the caller's transaction; it leaves when that commits.

    It leaves once, within its 10 s, or never: an unanswered command is never sent again by itself.
    """
    Device.objects.filter(pk=device.pk).update(last_seq=F("last_seq") + 1)
    device.refresh_from_db(fields=["last_seq", "key_version"])
    now = clock.now()
    command = Command(
        cmd_id=ordered_id(),
        device=device,
        action=action,
        args=args,
        seq=device.last_seq,
        issued_at=now,
        not_after=now + HOLDS,
        actor=actor,
        reason=reason[:240],
        key_id=f"{device.code}:{device.key_version}",
    )
    command.sig = sign(command)
    command.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, command.cmd_id])
    return command


def key_of(device: Device) -> bytes:
    """Return the key that the device's commands are signed with."""
    return keys.derive(f"device {device.pk} {device.key_version}")


def document(command: Command) -> dict[str, Any]:
    """Return the command as its device gets it, without the signature."""
    return {
        "cmd_id": command.cmd_id,
        "device_id": command.device.code,
        "action": command.action,
        "args": command.args,
        "seq": command.seq,
        "issued_at": command.issued_at.isoformat(),
        "not_after": command.not_after.isoformat(),
        "actor": command.actor,
        "reason": command.reason,
        "key_id": command.key_id,
    }


def canonical(body: dict[str, Any]) -> bytes:
    """Return the bytes that are signed: sorted keys, no spaces, UTF-8."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign(command: Command) -> str:
    """Return the command's signature: hex HMAC-SHA256 with its device's key."""
    body = canonical(document(command))
    return hmac.new(key_of(command.device), body, hashlib.sha256).hexdigest()
