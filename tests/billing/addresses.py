"""The addresses of payments and of finance."""

from billing.permissions import BillingPermission
from tests.rooms import Address

CONSOLE = {
    "finance": Address(BillingPermission.VIEW_MONEY),
    "refunds": Address(BillingPermission.VIEW_MONEY),
    "payments_in_doubt": Address(BillingPermission.VIEW_MONEY),
    "suspense": Address(BillingPermission.VIEW_MONEY),
    "disputes": Address(BillingPermission.VIEW_MONEY),
    "payments": Address(BillingPermission.VIEW_MONEY),
    "finance_payment": Address(BillingPermission.VIEW_MONEY, "payment"),
    "refund_payment": Address(BillingPermission.REFUND, "payment"),
    "approve_refund": Address(BillingPermission.REFUND, "refund"),
    "cancel_refund": Address(BillingPermission.REFUND, "refund"),
}
PORTAL = {"receipt": Address(row="payment", by="public_id")}
