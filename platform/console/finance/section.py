"""Finance: refunds due, refunds, payments in doubt, and what is in suspense."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.permissions import BillingPermission
from billing.selectors import owed_back
from billing.takings import takings_today
from billing.topics import PAYMENT
from console.groups import MONEY
from core.models import Site
from ui.sections import Badge, Figure, NavItem, Section, Start


def count_refunds_due(site: Site) -> int:
    """Count the payments of which something is due for refund."""
    return len(owed_back(site))


def money_today(site: Site) -> dict[str, Any]:
    """Return what is due, and what was taken and collected today."""
    return {"takings": takings_today(site)}


SECTION = Section(
    name="finance",
    prefix="finance/",
    urls="console.finance.urls",
    help_template="console/finance/help.html",
    navigation=(
        NavItem(
            "finance",
            _("Finance"),
            "coins",
            BillingPermission.VIEW_MONEY,
            group=MONEY,
            badge=Badge(
                "refunds_due", BillingPermission.VIEW_MONEY, count_refunds_due, topics=(PAYMENT,)
            ),
        ),
    ),
    figures=(
        Figure(
            "console/finance/figure.html",
            BillingPermission.VIEW_MONEY,
            money_today,
            order=60,
            topics=(PAYMENT,),
            name="money",
        ),
    ),
    start=Start("finance", BillingPermission.REFUND, order=30),
)
