"""Topics of the live channel: payments, drawers, bills, questions about them, and fapiao."""

from billing.permissions import BillingPermission
from core.live import declare

PAYMENT = declare("payment", BillingPermission.VIEW_MONEY)
DRAWER = declare("drawer", BillingPermission.USE_DRAWER)
BILL_QUESTION = declare("bill_question", BillingPermission.ANSWER_QUESTIONS)
# Bills with their corrections, and deposits.
BILL = declare("bill", BillingPermission.VIEW_MONEY)
FAPIAO = declare("fapiao", BillingPermission.VIEW_MONEY)
BANK = declare("bank", BillingPermission.MATCH_BANK)
