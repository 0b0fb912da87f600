"""The places of the site: buildings and units, car parks and bays, gates and lanes."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from console.places.search import find_units
from estate.permissions import EstatePermission
from ui.sections import Action, NavItem, SearchProvider, Section

SECTION = Section(
    name="places",
    prefix="places/",
    urls="console.places.urls",
    help_template="console/places/help.html",
    navigation=(
        NavItem("buildings", _("Buildings"), "building", EstatePermission.MANAGE_PLACES, SITE),
        NavItem("lots", _("Car parks"), "parking", EstatePermission.MANAGE_PLACES, SITE),
        NavItem("gates", _("Gates"), "door-enter", EstatePermission.MANAGE_PLACES, SITE),
        NavItem(
            "door_list",
            _("Doors"),
            "login-2",
            EstatePermission.MANAGE_PLACES,
            SITE,
        ),
    ),
    search=(SearchProvider(_("Units"), EstatePermission.MANAGE_PLACES, find_units),),
    actions=(
        Action("add_building", _("Add building"), "building", EstatePermission.MANAGE_PLACES),
        Action(
            "generate_units",
            _("Number buildings and units"),
            "list-check",
            EstatePermission.MANAGE_PLACES,
        ),
        Action("add_lot", _("Add car park"), "parking", EstatePermission.MANAGE_PLACES),
        Action("add_gate", _("Add gate"), "door-enter", EstatePermission.MANAGE_PLACES),
        Action("add_door", _("Add door"), "login-2", EstatePermission.MANAGE_PLACES),
        Action(
            "generate_entrances",
            _("An entrance for each house"),
            "login-2",
            EstatePermission.MANAGE_PLACES,
        ),
    ),
)
