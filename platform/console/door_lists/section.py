"""Lists of the devices at doors that decide by themselves."""

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from doors.permissions import DoorPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="door_lists",
    prefix="door-lists/",
    urls="console.door_lists.urls",
    help_template="console/door_lists/help.html",
    navigation=(
        NavItem(
            "door_lists",
            _("Lists on devices"),
            "list-check",
            DoorPermission.MANAGE_RIGHTS,
            group=GATE,
        ),
    ),
)
