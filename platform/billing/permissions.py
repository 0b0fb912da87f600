"""Permissions on money."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class BillingPermission(StrEnum):
    """What a role may do with money."""

    VIEW_MONEY = "billing.view_money"
    RECORD_CASH = "billing.record_cash"
    REFUND = "billing.refund"


PERMISSIONS = BillingPermission
GRANTS: Grants = {
    StandardRole.GUARD: {BillingPermission.RECORD_CASH},
    StandardRole.SECURITY: {BillingPermission.RECORD_CASH},
    StandardRole.FINANCE: {BillingPermission.VIEW_MONEY, BillingPermission.REFUND},
}
