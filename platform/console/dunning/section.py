"""Late fees and reminders of unpaid bills."""

from django.utils.translation import gettext_lazy as _

from console.groups import MONEY
from fees.permissions import FeePermission
from fees.selectors import waiting_waivers
from fees.topics import LATE_FEES
from ui.sections import Badge, NavItem, Section

SECTION = Section(
    name="dunning",
    prefix="dunning/",
    urls="console.dunning.urls",
    help_template="console/dunning/help.html",
    navigation=(
        NavItem("reminders", _("Reminders"), "bell", FeePermission.VIEW_FEES, group=MONEY),
        NavItem(
            "late_fees",
            _("Late fees"),
            "clock",
            FeePermission.VIEW_FEES,
            group=MONEY,
            badge=Badge("waivers", FeePermission.WAIVE_LATE_FEES, waiting_waivers, (LATE_FEES,)),
        ),
    ),
)
