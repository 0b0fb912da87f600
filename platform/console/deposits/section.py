"""Deposits that payers leave with the site."""

from django.utils.translation import gettext_lazy as _

from billing.permissions import BillingPermission
from console.groups import MONEY
from ui.sections import NavItem, Section

SECTION = Section(
    name="deposits",
    prefix="deposits/",
    urls="console.deposits.urls",
    help_template="console/deposits/help.html",
    navigation=(
        NavItem("deposits", _("Deposits"), "lock", BillingPermission.VIEW_MONEY, group=MONEY),
    ),
)
