"""What a person may tell a device from its page: the actions that need no arguments.

Those that several drivers have are named here; one that only a maker's devices have is named in its
driver's manifest, as one of its ``buttons``.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as in_its_language
from django.utils.translation import gettext_lazy as _

from access.permissions import AccessPermission
from devices.drivers import DRIVERS
from devices.models import Device
from devices.permissions import DevicePermission


@dataclass(frozen=True)
class Action:
    """One thing that a device can be told to do.

    Attributes:
        name: as drivers have it.
        label: on its button.
        icon: beside the label.
        permission: what it takes: who lets cars in at a lane opens its barrier here too, and
            nobody else does.
    """

    name: str
    label: str | Promise
    icon: str
    permission: str

    @property
    def moves(self) -> bool:
        """Whether something that people pass through moves."""
        return self.permission is AccessPermission.OPEN_BARRIER


ACTIONS = {
    action.name: action
    for action in (
        Action("open", _("Open"), "lock-open", AccessPermission.OPEN_BARRIER),
        Action("close", _("Close"), "lock", AccessPermission.OPEN_BARRIER),
        Action("trigger", _("Read the plate now"), "refresh", DevicePermission.MANAGE_DEVICES),
        Action("snapshot", _("Take a picture"), "camera", DevicePermission.MANAGE_DEVICES),
        Action("set_time", _("Set its clock"), "clock", DevicePermission.MANAGE_DEVICES),
        Action("restart", _("Restart it"), "refresh", DevicePermission.MANAGE_DEVICES),
    )
}
# Kinds that open something by themselves; a camera does where it drives a lane's barrier.
_OPEN = {Device.Kind.BARRIER, Device.Kind.DOOR, Device.Kind.FACE_TERMINAL}


def actions_of(device: Device, permissions: frozenset[str], drives_barrier: bool) -> list[Action]:
    """Return what the person may tell the device.

    Args:
        drives_barrier: whether the device is the barrier of a lane.
    """
    driver = DRIVERS.get(device.driver)
    if driver is None or not device.enabled:
        return []
    moves = drives_barrier or device.kind in _OPEN
    manifest = driver.MANIFEST
    known = [action for name, action in ACTIONS.items() if name in manifest.actions]
    known += [
        Action(name, in_its_language(word), "send", DevicePermission.MANAGE_DEVICES)
        for name, word in manifest.buttons.items()
    ]
    return [each for each in known if each.permission in permissions and (moves or not each.moves)]
