"""How the demo community bills, and when it reminds."""

from django.utils.translation import gettext

from billing.permissions import BillingPermission
from billing.services.settings import change_billing_settings, change_organisation_billing
from core.models import Site, User
from fees.services.reminders import add_step

BANK_ACCOUNT = "1001 2345 0910 0088 662"
# In minor units.
LIMIT = 50_000
# Days from the due date.
REMINDERS = (-3, 0, 14)


def set_rules(site: Site, manager: User) -> None:
    """Set what bills say, the limits of one person, and the reminders."""
    change_billing_settings(
        site, manager, allows_part_payment=True, refund_limit=LIMIT, waiver_limit=LIMIT
    )
    values = {
        "bank_name": gettext("Bank of Shanghai, Garden Road branch"),
        "bank_account": BANK_ACCOUNT,
        "phone": "021 5555 0100",
    }
    change_organisation_billing(site, manager, BillingPermission.CHANGE_SETTINGS, **values)
    for days in REMINDERS:
        add_step(site, manager, days=days)
