"""How the site bills, and what its organisation prints on bills."""

from django.utils.translation import gettext_lazy as _

from billing.permissions import BillingPermission
from console.groups import MONEY
from ui.sections import NavItem, Section

SECTION = Section(
    name="billing_settings",
    prefix="billing-settings/",
    urls="console.billing_settings.urls",
    help_template="console/billing_settings/help.html",
    navigation=(
        NavItem(
            "billing_settings",
            _("Billing settings"),
            "settings",
            BillingPermission.CHANGE_SETTINGS,
            group=MONEY,
        ),
    ),
)
