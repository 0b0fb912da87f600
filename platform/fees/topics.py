"""Topics of the live channel: billing runs, discounts, late fees, reminders."""

from core.live import declare
from fees.permissions import FeePermission

BILL_RUN = declare("bill_run", FeePermission.VIEW_FEES)
DISCOUNT = declare("discount", FeePermission.VIEW_FEES)
LATE_FEES = declare("late_fees", FeePermission.VIEW_FEES)
REMINDERS = declare("reminders", FeePermission.VIEW_FEES)
