"""Property fees: fee items with their prices, leases and discounts."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.groups import MONEY
from core.models import Site
from fees.models import Discount
from fees.permissions import FeePermission
from fees.selectors import discounts
from fees.topics import DISCOUNT
from ui.sections import Action, Badge, NavItem, Section


def waiting_discounts(site: Site) -> "QuerySet[Discount]":
    """Return the discounts that wait for an approval."""
    return discounts(site).filter(state=Discount.State.REQUESTED)


VIEW = FeePermission.VIEW_FEES
SECTION = Section(
    name="fees",
    prefix="fees/",
    urls="console.fees.urls",
    help_template="console/fees/help.html",
    navigation=(
        NavItem("fee_items", _("Fees"), "coins", VIEW, group=MONEY),
        NavItem("leases", _("Leases"), "file-dollar", VIEW, group=MONEY),
        NavItem(
            "discounts",
            _("Discounts"),
            "star",
            VIEW,
            group=MONEY,
            badge=Badge(
                "discounts", FeePermission.APPROVE_DISCOUNTS, waiting_discounts, (DISCOUNT,)
            ),
        ),
    ),
    actions=(Action("charge_once", _("Add a one-off charge"), "coins", FeePermission.CHARGE_FEES),),
)
