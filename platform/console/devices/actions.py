"""Actions without arguments that a user can send to a device from its page.

Actions that several drivers share are listed here; those of one driver are the ``buttons`` of its
manifest.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from access.permissions import AccessPermission
from devices.drivers import DRIVERS
from devices.models import Device
from devices.permissions import DevicePermission


@dataclass(frozen=True)
class Action:
    """An action of a device.

    Attributes:
        name: the driver's name of the action.
        label: the text of the button.
        icon: the icon beside it.
        permission: the permission that it needs; opening a barrier needs the same here as at
            its lane.
    """

    name: str
    label: str | Promise
    icon: str
    permission: str

    @property
    def moves(self) -> bool:
        """Whether the action moves a barrier or a door."""
        return self.permission is AccessPermission.OPEN_BARRIER


ACTIONS = {
    action.name: action
    for action in (
        Action("open", _("Open"), "lock-open", AccessPermission.OPEN_BARRIER),
        Action("close", _("Close"), "lock", AccessPermission.OPEN_BARRIER),
        Action("trigger", _("Read the plate now"), "refresh", DevicePermission.MANAGE_DEVICES),
        Action("snapshot", _("Take photo"), "camera", DevicePermission.MANAGE_DEVICES),
        Action("set_time", _("Set clock"), "clock", DevicePermission.MANAGE_DEVICES),
        Action("restart", _("Restart device"), "refresh", DevicePermission.MANAGE_DEVICES),
    )
}
# Kinds of devices with a barrier or door of their own; a camera may drive a lane's barrier.
_OPEN = {Device.Kind.BARRIER, Device.Kind.DOOR, Device.Kind.FACE_TERMINAL}


def actions_of(device: Device, permissions: frozenset[str], drives_barrier: bool) -> list[Action]:
    """Return the actions that the device supports and the permissions allow.

    Args:
        drives_barrier: whether the device drives the barrier of a lane.
    """
    driver = DRIVERS.get(device.driver)
    if driver is None or not device.enabled:
        return []
    moves = drives_barrier or device.kind in _OPEN
    manifest = driver.MANIFEST
    actions = [action for name, action in ACTIONS.items() if name in manifest.actions]
    actions += [
        Action(name, translate(word), "send", DevicePermission.MANAGE_DEVICES)
        for name, word in manifest.buttons.items()
    ]
    return [
        each for each in actions if each.permission in permissions and (moves or not each.moves)
    ]
