"""The allow and block list, residents' cars and visitor passes."""

from django.utils.translation import gettext_lazy as _

from access.permissions import AccessPermission
from console.access_lists.search import find_vehicles
from console.groups import GATE
from ui.sections import Action, NavItem, SearchProvider, Section

SECTION = Section(
    name="access_lists",
    prefix="access/",
    urls="console.access_lists.urls",
    help_template="console/access_lists/help.html",
    navigation=(
        NavItem(
            "access",
            _("Access"),
            "id-badge-2",
            AccessPermission.MANAGE_LISTS,
            group=GATE,
            on_phone=True,
        ),
    ),
    search=(SearchProvider(_("Registered cars"), AccessPermission.MANAGE_LISTS, find_vehicles),),
    actions=(
        Action("add_pass", _("Issue a visitor pass"), "ticket", AccessPermission.MANAGE_LISTS),
        Action("add_vehicle", _("Register a car"), "car", AccessPermission.MANAGE_LISTS),
    ),
)
