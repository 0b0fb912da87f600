"""Permissions on lanes, passages and access lists."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class AccessPermission(StrEnum):
    """What a role may do at the lanes and with the access lists."""

    VIEW_PASSAGES = "access.view_passages"
    VIEW_PHOTOS = "access.view_photos"
    CORRECT_PLATE = "access.correct_plate"
    OPEN_BARRIER = "access.open_barrier"
    ISSUE_PASSES = "access.issue_passes"
    MANAGE_LISTS = "access.manage_lists"
    # Many photos at once leave the product: no standard role but the manager's has it.
    EXPORT_PHOTOS = "access.export_photos"


_LANES = {
    AccessPermission.VIEW_PASSAGES,
    AccessPermission.VIEW_PHOTOS,
    AccessPermission.CORRECT_PLATE,
    AccessPermission.OPEN_BARRIER,
    AccessPermission.ISSUE_PASSES,
}
PERMISSIONS = AccessPermission
GRANTS: Grants = {
    StandardRole.GUARD: _LANES,
    StandardRole.SECURITY: _LANES | {AccessPermission.MANAGE_LISTS},
    StandardRole.FINANCE: {AccessPermission.VIEW_PASSAGES},
}
