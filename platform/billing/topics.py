"""Topics of the live channel: payments."""

from billing.permissions import BillingPermission
from core.live import declare

PAYMENT = declare("payment", BillingPermission.VIEW_MONEY)
