"""Time profiles: when rights hold and doors are open."""

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from doors.permissions import DoorPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="time_profiles",
    prefix="time-profiles/",
    urls="console.time_profiles.urls",
    help_template="console/time_profiles/help.html",
    navigation=(
        NavItem(
            "time_profiles",
            _("Time profiles"),
            "clock",
            DoorPermission.MANAGE_RIGHTS,
            group=GATE,
        ),
    ),
)
