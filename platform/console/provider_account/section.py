"""The account of online payments of the organisation that runs the site."""

from django.utils.translation import gettext_lazy as _

from billing.permissions import BillingPermission
from console.groups import MONEY
from ui.sections import NavItem, Section

SECTION = Section(
    name="provider_account",
    prefix="provider-account/",
    urls="console.provider_account.urls",
    help_template="console/provider_account/help.html",
    navigation=(
        NavItem(
            "provider_account",
            _("Account at Stripe"),
            "credit-card",
            BillingPermission.MANAGE_PROVIDER_ACCOUNT,
            group=MONEY,
        ),
    ),
)
