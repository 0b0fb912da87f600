"""Finance: refunds due, refunds, payments in doubt, and what is in suspense."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.desk import voids_to_approve
from billing.permissions import BillingPermission
from billing.selectors import owed_back, refunds_to_approve, write_offs_to_approve
from billing.takings import takings_today
from billing.topics import BILL, PAYMENT
from console.groups import MONEY
from core.models import Site
from fees.selectors import waiting_waivers
from fees.topics import LATE_FEES
from ui.sections import Badge, Figure, NavItem, Section, Start


def count_refunds_due(site: Site) -> int:
    """Count the payments of which something is due for refund."""
    return len(owed_back(site))


def money_today(site: Site) -> dict[str, Any]:
    """Return what is due, what was taken and collected today, and what waits for approval."""
    waiting = {
        "refunds": refunds_to_approve(site),
        "write_offs": write_offs_to_approve(site),
        "voids": voids_to_approve(site),
        "waivers": waiting_waivers(site),
    }
    counts = {name: rows.count() for name, rows in waiting.items()}
    return {"takings": takings_today(site), "waiting": counts}


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
            topics=(PAYMENT, BILL, LATE_FEES),
            name="money",
        ),
    ),
    start=Start("finance", BillingPermission.REFUND, order=30),
)
