"""Permissions on money."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class BillingPermission(StrEnum):
    """What a role may do with money."""

    VIEW_MONEY = "billing.view_money"
    RECORD_CASH = "billing.record_cash"
    USE_DRAWER = "billing.use_drawer"
    TAKE_PAYMENT = "billing.take_payment"
    MATCH_BANK = "billing.match_bank"
    REFUND = "billing.refund"
    RECONCILE = "billing.reconcile"
    ISSUE_BILLS = "billing.issue_bills"
    WRITE_OFF = "billing.write_off"
    CHANGE_SETTINGS = "billing.change_settings"
    MANAGE_PROVIDER_ACCOUNT = "billing.manage_provider_account"
    CLOSE_MONTHS = "billing.close_months"
    ANSWER_QUESTIONS = "billing.answer_questions"


PERMISSIONS = BillingPermission
GRANTS: Grants = {
    StandardRole.GUARD: {BillingPermission.RECORD_CASH, BillingPermission.USE_DRAWER},
    StandardRole.SECURITY: {BillingPermission.RECORD_CASH, BillingPermission.USE_DRAWER},
    StandardRole.FINANCE: {
        BillingPermission.VIEW_MONEY,
        BillingPermission.REFUND,
        BillingPermission.ANSWER_QUESTIONS,
        BillingPermission.RECONCILE,
        BillingPermission.USE_DRAWER,
        BillingPermission.TAKE_PAYMENT,
        BillingPermission.MATCH_BANK,
        BillingPermission.ISSUE_BILLS,
        BillingPermission.WRITE_OFF,
        BillingPermission.CLOSE_MONTHS,
    },
}
