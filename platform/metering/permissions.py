"""Permissions on meters and their readings."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class MeteringPermission(StrEnum):
    """What a role may do with meters and their readings."""

    VIEW_METERS = "metering.view_meters"
    ENTER_READINGS = "metering.enter_readings"
    CORRECT_READINGS = "metering.correct_readings"
    MANAGE_METERS = "metering.manage_meters"


_READINGS = {MeteringPermission.VIEW_METERS, MeteringPermission.ENTER_READINGS}
PERMISSIONS = MeteringPermission
GRANTS: Grants = {
    StandardRole.FINANCE: _READINGS | {MeteringPermission.CORRECT_READINGS},
    StandardRole.TECHNICIAN: _READINGS | {MeteringPermission.MANAGE_METERS},
}
