"""Statistics of incidents: response times, false alarms, what recurs."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="incident_statistics",
    prefix="incident-statistics/",
    urls="console.incident_statistics.urls",
    help_template="console/incident_statistics/help.html",
    navigation=(
        NavItem(
            "incident_statistics",
            _("Incident statistics"),
            "chart-line",
            IncidentPermission.REVIEW_INCIDENT,
            group=WATCH,
        ),
    ),
)
