"""Permissions on people's cards."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class DoorPermission(StrEnum):
    """What a role may do with cards."""

    VIEW_CARDS = "doors.view_cards"
    MANAGE_CARDS = "doors.manage_cards"


PERMISSIONS = DoorPermission
GRANTS: Grants = {
    StandardRole.SECURITY: {DoorPermission.VIEW_CARDS, DoorPermission.MANAGE_CARDS},
    StandardRole.GUARD: {DoorPermission.VIEW_CARDS},
}
