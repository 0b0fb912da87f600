"""The addresses of devices: name, permission, row of the world, POST only."""

from devices.permissions import DevicePermission

ADDRESSES = {
    "devices": (DevicePermission.VIEW_DEVICES, "", False),
    "register_device": (DevicePermission.MANAGE_DEVICES, "", False),
    "provision": (DevicePermission.MANAGE_DEVICES, "", False),
    "provisioning_run": (DevicePermission.MANAGE_DEVICES, "provisioning", False),
    "provisioning_progress": (DevicePermission.MANAGE_DEVICES, "provisioning", False),
    "provision_example": (DevicePermission.MANAGE_DEVICES, "", False),
    "device": (DevicePermission.VIEW_DEVICES, "gate.entry.camera", False),
    "device_values": (DevicePermission.VIEW_DEVICES, "gate.entry.camera", False),
    "series": (DevicePermission.VIEW_DEVICES, "gate.entry.camera", False),
    "series_file": (DevicePermission.VIEW_DEVICES, "gate.entry.camera", False),
    "raw_file": (DevicePermission.VIEW_DEVICES, "gate.entry.camera", False),
    "command_device": (DevicePermission.VIEW_DEVICES, "gate.entry.camera", False),
    "fleet_health": (DevicePermission.VIEW_DEVICES, "", False),
    "firmware": (DevicePermission.VIEW_DEVICES, "", False),
    "firmware_file": (DevicePermission.VIEW_DEVICES, "", False),
    "batteries": (DevicePermission.VIEW_DEVICES, "", False),
    "batteries_file": (DevicePermission.VIEW_DEVICES, "", False),
    "rotate_device": (DevicePermission.MANAGE_DEVICES, "gate.entry.camera", False),
    "new_device_key": (DevicePermission.MANAGE_DEVICES, "barrier", False),
    "mapping": (DevicePermission.MANAGE_DEVICES, "sensor", False),
    "place_device": (DevicePermission.MANAGE_DEVICES, "gate.entry.camera", False),
    "enable_device": (DevicePermission.MANAGE_DEVICES, "gate.entry.camera", False),
}
