"""Auto-pay: which payers let what they owe be collected."""

from django.utils.translation import gettext_lazy as _

from billing.permissions import BillingPermission
from console.groups import MONEY
from ui.sections import NavItem, Section

SECTION = Section(
    name="autopay",
    prefix="autopay/",
    urls="console.autopay.urls",
    help_template="console/autopay/help.html",
    navigation=(
        NavItem("autopays", _("Auto-pay"), "refresh", BillingPermission.VIEW_MONEY, group=MONEY),
    ),
)
