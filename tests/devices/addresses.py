"""The addresses of devices and rejected messages."""

from devices.permissions import DevicePermission
from tests.rooms import Address

CONSOLE = {
    "devices": Address(DevicePermission.VIEW_DEVICES),
    "bulk_devices": Address(DevicePermission.MANAGE_DEVICES, words=("enable",)),
    "register_device": Address(DevicePermission.MANAGE_DEVICES),
    "reveal_passwords": Address(DevicePermission.MANAGE_DEVICES, "device_import", post_only=True),
    "device": Address(DevicePermission.VIEW_DEVICES, "camera"),
    "device_values": Address(DevicePermission.VIEW_DEVICES, "camera"),
    "series": Address(DevicePermission.VIEW_DEVICES, "camera", query="metric=temperature.c"),
    "series_file": Address(DevicePermission.VIEW_DEVICES, "camera", query="metric=temperature.c"),
    "raw_file": Address(DevicePermission.VIEW_DEVICES, "camera", query="metric=temperature.c"),
    "command_device": Address(DevicePermission.VIEW_DEVICES, "camera", query="action=trigger"),
    "fleet_health": Address(DevicePermission.VIEW_DEVICES),
    "firmware": Address(DevicePermission.VIEW_DEVICES),
    "batteries": Address(DevicePermission.VIEW_DEVICES),
    "batteries_file": Address(DevicePermission.VIEW_DEVICES),
    "rotate_device": Address(DevicePermission.MANAGE_DEVICES, "camera"),
    "new_device_key": Address(DevicePermission.MANAGE_DEVICES, "barrier"),
    "mapping": Address(DevicePermission.MANAGE_DEVICES, "sensor"),
    "place_device": Address(DevicePermission.MANAGE_DEVICES, "camera"),
    "reading_region": Address(DevicePermission.MANAGE_DEVICES, "camera_with_region"),
    "enable_device": Address(DevicePermission.MANAGE_DEVICES, "camera"),
    "dead_letters": Address(DevicePermission.REPLAY_DEAD_LETTERS),
    "dead_letter": Address(DevicePermission.REPLAY_DEAD_LETTERS, "letter", audited=True),
    "letter_payload": Address(DevicePermission.REPLAY_DEAD_LETTERS, "letter", audited=True),
    "dead_letters_of_no_site": Address(DevicePermission.REPLAY_DEAD_LETTERS, answers=(404,)),
    "bulk_letters": Address(DevicePermission.REPLAY_DEAD_LETTERS, words=("replay",)),
    "replay_progress": Address(DevicePermission.REPLAY_DEAD_LETTERS),
    "replay_letter": Address(DevicePermission.REPLAY_DEAD_LETTERS, "letter"),
    "discard_letter": Address(DevicePermission.REPLAY_DEAD_LETTERS, "letter"),
}
