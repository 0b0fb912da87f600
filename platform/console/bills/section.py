"""Bills, credit notes and write-offs."""

from django.utils.translation import gettext_lazy as _

from billing.permissions import BillingPermission
from billing.selectors import write_offs_to_approve
from billing.topics import BILL
from console.bills.search import find_bills
from console.groups import MONEY
from ui.sections import Badge, NavItem, SearchProvider, Section

SECTION = Section(
    name="bills",
    prefix="bills/",
    urls="console.bills.urls",
    help_template="console/bills/help.html",
    navigation=(
        NavItem(
            "bills",
            _("Bills"),
            "file-dollar",
            BillingPermission.VIEW_MONEY,
            group=MONEY,
            badge=Badge(
                "write_offs", BillingPermission.WRITE_OFF, write_offs_to_approve, topics=(BILL,)
            ),
        ),
    ),
    search=(SearchProvider(_("Bills"), BillingPermission.VIEW_MONEY, find_bills),),
)
