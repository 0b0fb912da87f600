"""Incidents that people report."""

from django.utils.translation import gettext_lazy as _

from incidents.permissions import IncidentPermission
from ui.sections import Action, Section

SECTION = Section(
    name="incident_reports",
    prefix="incident-reports/",
    urls="console.incident_reports.urls",
    actions=(
        Action(
            "report_incident",
            _("Report incident"),
            "alert-triangle",
            IncidentPermission.REPORT_INCIDENT,
        ),
    ),
)
