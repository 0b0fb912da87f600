"""Permissions on stays and tariffs."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class ParkingPermission(StrEnum):
    """What a role may do with stays and tariffs."""

    VIEW_STAYS = "parking.view_stays"
    REVIEW_STAY = "parking.review_stay"
    MANAGE_TARIFFS = "parking.manage_tariffs"
    MANAGE_RULES = "parking.manage_rules"


PERMISSIONS = ParkingPermission
GRANTS: Grants = {
    StandardRole.GUARD: {ParkingPermission.VIEW_STAYS},
    StandardRole.SECURITY: {ParkingPermission.VIEW_STAYS},
    StandardRole.FINANCE: set(ParkingPermission),
}
