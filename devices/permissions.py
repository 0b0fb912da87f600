"""Permissions on devices and their rejected messages."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class DevicePermission(StrEnum):
    """What a role may do with devices and their rejected messages."""

    VIEW_DEVICES = "devices.view_devices"
    MANAGE_DEVICES = "devices.manage_devices"
    REPLAY_DEAD_LETTERS = "devices.replay_dead_letters"


PERMISSIONS = DevicePermission
GRANTS: Grants = {StandardRole.TECHNICIAN: set(DevicePermission)}
