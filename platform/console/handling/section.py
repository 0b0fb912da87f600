"""How a site handles incidents: procedures, groups, cool-down, and what hides what."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="handling",
    prefix="incident-handling/",
    urls="console.handling.urls",
    help_template="console/handling/help.html",
    navigation=(
        NavItem(
            "incident_handling",
            _("Incident handling"),
            "checklist",
            IncidentPermission.MANAGE_HANDLING,
            group=WATCH,
        ),
    ),
)
