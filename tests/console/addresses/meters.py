"""The addresses of meters: name, permission, row of the world, POST only."""

from metering.permissions import MeteringPermission

ADDRESSES = {
    "meters": (MeteringPermission.VIEW_METERS, "", False),
    "install_meter": (MeteringPermission.MANAGE_METERS, "", False),
    "meter": (MeteringPermission.VIEW_METERS, "meter", False),
    "enter_reading": (MeteringPermission.ENTER_READINGS, "meter", False),
    "replace_meter": (MeteringPermission.MANAGE_METERS, "meter", False),
    "correct_meter": (MeteringPermission.CORRECT_READINGS, "meter", False),
    "retire_meter": (MeteringPermission.MANAGE_METERS, "meter", False),
    "connect_meter": (MeteringPermission.MANAGE_METERS, "meter", False),
    "meter_limit": (MeteringPermission.MANAGE_METERS, "meter", False),
    "reading_photo": (MeteringPermission.VIEW_METERS, "reading", False),
    "correct_reading": (MeteringPermission.CORRECT_READINGS, "reading", False),
    "withdraw_reading": (MeteringPermission.CORRECT_READINGS, "reading", False),
    "review_reading": (MeteringPermission.CORRECT_READINGS, "doubtful", False),
}
