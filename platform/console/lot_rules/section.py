"""The rules of the car parks: whom they admit, re-entry, and the charge without an entry."""

from django.utils.translation import gettext_lazy as _

from console.groups import MONEY
from parking.permissions import ParkingPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="lot_rules",
    prefix="lot-rules/",
    urls="console.lot_rules.urls",
    help_template="console/lot_rules/help.html",
    navigation=(
        NavItem(
            "lot_rules", _("Car park rules"), "adjustments", ParkingPermission.MANAGE_RULES, MONEY
        ),
    ),
)
