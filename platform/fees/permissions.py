"""Permissions on property fees."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class FeePermission(StrEnum):
    """What a role may do with property fees."""

    VIEW_FEES = "fees.view_fees"
    MANAGE_FEES = "fees.manage_fees"
    APPROVE_DISCOUNTS = "fees.approve_discounts"
    CHARGE_FEES = "fees.charge_fees"
    WAIVE_LATE_FEES = "fees.waive_late_fees"


PERMISSIONS = FeePermission
GRANTS: Grants = {
    StandardRole.FINANCE: {
        FeePermission.VIEW_FEES,
        FeePermission.MANAGE_FEES,
        FeePermission.CHARGE_FEES,
        FeePermission.WAIVE_LATE_FEES,
    },
}
