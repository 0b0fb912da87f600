"""The triage board: the open incidents, one of them beside, and the keyboard."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section, Start

SECTION = Section(
    name="triage",
    prefix="triage/",
    urls="console.triage.urls",
    help_template="console/triage/help.html",
    navigation=(
        NavItem(
            "triage",
            _("Triage"),
            "eye-exclamation",
            IncidentPermission.VIEW_DEVICE_INCIDENTS,
            group=WATCH,
            on_phone=True,
        ),
    ),
    start=Start("triage", IncidentPermission.REVIEW_INCIDENT, order=20),
)
