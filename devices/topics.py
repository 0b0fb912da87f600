"""Topics of the live channel: devices and their rejected messages."""

from core.live import declare
from devices.permissions import DevicePermission

DEVICE = declare("device", DevicePermission.VIEW_DEVICES)
DEAD_LETTER = declare("dead_letter", DevicePermission.REPLAY_DEAD_LETTERS)
REPLAY = declare("replay", DevicePermission.REPLAY_DEAD_LETTERS)
