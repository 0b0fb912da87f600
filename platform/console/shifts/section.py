"""Shifts of guards, and the sound of alarms on their pages."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="shifts",
    prefix="shifts/",
    urls="console.shifts.urls",
    help_template="console/shifts/help.html",
    navigation=(
        NavItem(
            "shifts",
            _("Shifts"),
            "clock",
            IncidentPermission.VIEW_INCIDENTS,
            group=WATCH,
            on_phone=True,
        ),
    ),
)
