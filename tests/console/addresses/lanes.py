"""The addresses of the lane board: name, permission, row of the world, POST only."""

from access.permissions import AccessPermission
from devices.permissions import DevicePermission

ADDRESSES = {
    "lanes": (AccessPermission.VIEW_PASSAGES, "", False),
    "lane": (AccessPermission.VIEW_PASSAGES, "gate.entry", False),
    "open_lane": (AccessPermission.OPEN_BARRIER, "gate.entry", False),
    "lane_limits": (DevicePermission.MANAGE_DEVICES, "gate.entry", False),
}
