"""Rights at doors: who may enter where, and when."""

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from doors.permissions import DoorPermission
from ui.sections import Action, NavItem, Section

SECTION = Section(
    name="door_rights",
    prefix="door-rights/",
    urls="console.door_rights.urls",
    help_template="console/door_rights/help.html",
    navigation=(
        NavItem(
            "door_rights",
            _("Rights at doors"),
            "shield-check",
            DoorPermission.MANAGE_RIGHTS,
            group=GATE,
        ),
    ),
    actions=(
        Action(
            "grant_door_right",
            _("Grant a right at doors"),
            "shield-check",
            DoorPermission.MANAGE_RIGHTS,
        ),
    ),
)
