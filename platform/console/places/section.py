"""The places of the site: buildings and units, car parks and bays, gates and lanes."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from estate.permissions import EstatePermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="places",
    prefix="places/",
    urls="console.places.urls",
    navigation=(
        NavItem("buildings", _("Buildings"), "building", EstatePermission.MANAGE_PLACES, SITE),
        NavItem("lots", _("Car parks"), "parking", EstatePermission.MANAGE_PLACES, SITE),
        NavItem("gates", _("Gates"), "door-enter", EstatePermission.MANAGE_PLACES, SITE),
    ),
)
