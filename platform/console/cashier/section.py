"""The cashier: payers at the desk, and the drawers of cash."""

from django.utils.translation import gettext_lazy as _

from billing.desk import voids_to_approve
from billing.permissions import BillingPermission
from billing.topics import PAYMENT
from console.groups import MONEY
from ui.sections import Action, Badge, NavItem, Section

SECTION = Section(
    name="cashier",
    prefix="cashier/",
    urls="console.cashier.urls",
    help_template="console/cashier/help.html",
    navigation=(
        NavItem(
            "cashier",
            _("Cashier desk"),
            "receipt-2",
            BillingPermission.TAKE_PAYMENT,
            group=MONEY,
            badge=Badge("voids", BillingPermission.TAKE_PAYMENT, voids_to_approve, (PAYMENT,)),
        ),
        NavItem("my_drawer", _("Cash drawer"), "cash", BillingPermission.USE_DRAWER, group=MONEY),
    ),
    actions=(Action("open_drawer", _("Open a drawer"), "cash", BillingPermission.USE_DRAWER),),
)
