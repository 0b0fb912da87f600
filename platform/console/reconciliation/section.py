"""What the payment provider's balance and the ledger do not agree on."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import ReconciliationDifference
from billing.permissions import BillingPermission
from billing.topics import PAYMENT
from console.groups import MONEY
from core.models import Site
from ui.sections import Badge, NavItem, Section


def open_differences(site: Site) -> QuerySet[ReconciliationDifference]:
    """Return the differences that wait for a decision."""
    return ReconciliationDifference.objects.filter(site=site, decided_at=None)


SECTION = Section(
    name="reconciliation",
    prefix="reconciliation/",
    urls="console.reconciliation.urls",
    help_template="console/reconciliation/help.html",
    navigation=(
        NavItem(
            "reconciliation",
            _("Reconciliation"),
            "list-check",
            BillingPermission.VIEW_MONEY,
            group=MONEY,
            badge=Badge(
                "differences", BillingPermission.VIEW_MONEY, open_differences, topics=(PAYMENT,)
            ),
        ),
    ),
)
