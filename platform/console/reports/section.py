"""Reports of the ledger, and closing its months."""

from django.utils.translation import gettext_lazy as _

from billing.permissions import BillingPermission
from console.groups import MONEY
from ui.sections import NavItem, Section

SECTION = Section(
    name="reports",
    prefix="reports/",
    urls="console.reports.urls",
    help_template="console/reports/help.html",
    navigation=(
        NavItem("reports", _("Reports"), "chart-line", BillingPermission.VIEW_MONEY, group=MONEY),
    ),
)
