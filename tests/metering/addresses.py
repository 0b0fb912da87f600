"""The addresses of meters and their readings."""

from metering.permissions import MeteringPermission
from tests.rooms import Address

CONSOLE = {
    "meters": Address(MeteringPermission.VIEW_METERS),
    "reading_window": Address(MeteringPermission.MANAGE_METERS),
    "install_meter": Address(MeteringPermission.MANAGE_METERS),
    "meter": Address(MeteringPermission.VIEW_METERS, "meter", audited=True),
    "meter_readings": Address(MeteringPermission.VIEW_METERS, "meter", audited=True),
    "enter_reading": Address(MeteringPermission.ENTER_READINGS, "meter"),
    "replace_meter": Address(MeteringPermission.MANAGE_METERS, "meter"),
    "correct_meter": Address(MeteringPermission.CORRECT_READINGS, "meter"),
    "retire_meter": Address(MeteringPermission.MANAGE_METERS, "meter"),
    "connect_meter": Address(MeteringPermission.MANAGE_METERS, "meter"),
    "meter_limit": Address(MeteringPermission.MANAGE_METERS, "meter"),
    "reading_photo": Address(MeteringPermission.VIEW_METERS, "reading"),
    "correct_reading": Address(MeteringPermission.CORRECT_READINGS, "reading"),
    "withdraw_reading": Address(MeteringPermission.CORRECT_READINGS, "reading"),
    "review_reading": Address(MeteringPermission.CORRECT_READINGS, "doubtful"),
}
RESIDENTS = {
    "own_meters": Address(row="binding"),
    "own_meter": Address(row="binding", further=("home_meter",)),
    "send_reading": Address(row="binding", further=("home_meter",)),
    "own_reading_photo": Address(row="binding", further=("home_reading",)),
}
