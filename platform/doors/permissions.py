"""Permissions on people's cards, on doors, on who may pass them, and on visitors."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class DoorPermission(StrEnum):
    """What a role may do with cards and doors."""

    VIEW_CARDS = "doors.view_cards"
    MANAGE_CARDS = "doors.manage_cards"
    VIEW_DOORS = "doors.view_doors"
    VIEW_DOOR_PASSAGES = "doors.view_door_passages"
    OPEN_DOORS = "doors.open_doors"
    MANAGE_RIGHTS = "doors.manage_rights"
    MANAGE_FACES = "doors.manage_faces"
    VIEW_VISITORS = "doors.view_visitors"
    MANAGE_VISITORS = "doors.manage_visitors"
    SET_VISIT_RULES = "doors.set_visit_rules"
    RUN_MUSTERS = "doors.run_musters"


PERMISSIONS = DoorPermission
GRANTS: Grants = {
    StandardRole.SECURITY: {
        DoorPermission.VIEW_CARDS,
        DoorPermission.MANAGE_CARDS,
        DoorPermission.VIEW_DOORS,
        DoorPermission.VIEW_DOOR_PASSAGES,
        DoorPermission.OPEN_DOORS,
        DoorPermission.MANAGE_RIGHTS,
        DoorPermission.MANAGE_FACES,
        DoorPermission.VIEW_VISITORS,
        DoorPermission.MANAGE_VISITORS,
        DoorPermission.SET_VISIT_RULES,
        DoorPermission.RUN_MUSTERS,
    },
    StandardRole.GUARD: {
        DoorPermission.VIEW_CARDS,
        DoorPermission.VIEW_DOORS,
        DoorPermission.VIEW_DOOR_PASSAGES,
        DoorPermission.OPEN_DOORS,
        DoorPermission.VIEW_VISITORS,
        DoorPermission.MANAGE_VISITORS,
        DoorPermission.RUN_MUSTERS,
    },
}
