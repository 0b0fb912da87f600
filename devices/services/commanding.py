"""Commands that a person gives by hand."""

from typing import Any

from django.db import transaction

from core import audit, live, validation
from core.models import User
from devices import commands, topics
from devices.models import Command, Device
from devices.rejections import rejected


@transaction.atomic
def command_by_hand(device: Device, action: str, actor: User, reason: str, **args: Any) -> Command:
    """Tell the device to do something at once; whether it did is told later.

    The caller has checked that the person may.

    Args:
        args: the action's own, such as which ``door``.

    Raises:
        Rejection: no reason is given, the device is disabled, or it can't do that.
    """
    validation.require_reason(reason)
    if not device.enabled:
        raise rejected("device", "device_not_enabled")
    command = commands.send(device, action, args, actor=actor.get_username(), reason=reason)
    said = {"code": device.code, "told": action, "reason": reason, "cmd_id": command.cmd_id}
    audit.record(device.site, actor, "command device", ("device", device.pk), **said, **args)
    live.announce(topics.DEVICE, device.site_id, device.pk)
    return command
