"""Commands that users send by hand."""

from typing import Any

from django.db import transaction

from core import audit, live, validation
from core.models import User
from devices import commands, topics
from devices.models import Command, Device
from devices.rejections import rejected


@transaction.atomic
def command_by_hand(device: Device, action: str, actor: User, reason: str, **args: Any) -> Command:
    """Send a user's command to a device; `CommandSettled` reports the outcome.

    The caller checks the user's permission.

    Args:
        args: arguments of the action, such as ``door``.

    Raises:
        Rejection: the reason is empty, the device is disabled, or does not support the action.
    """
    validation.require_reason(reason)
    if not device.enabled:
        raise rejected("device", "device_not_enabled")
    command = commands.send(device, action, args, actor=actor.get_username(), reason=reason)
    detail = {"code": device.code, "command": action, "reason": reason, "cmd_id": command.cmd_id}
    audit.record(device.site, actor, "command device", ("device", device.pk), **detail, **args)
    live.announce(topics.DEVICE, device.site_id, device.pk)
    return command
