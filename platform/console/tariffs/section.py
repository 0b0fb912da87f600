"""Tariffs: their published versions, previews, and new ones."""

from django.utils.translation import gettext_lazy as _

from console.groups import MONEY
from parking.permissions import ParkingPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="tariffs",
    prefix="tariffs/",
    urls="console.tariffs.urls",
    help_template="console/tariffs/help.html",
    navigation=(
        NavItem(
            "tariffs", _("Tariffs"), "receipt-2", ParkingPermission.MANAGE_TARIFFS, group=MONEY
        ),
    ),
)
