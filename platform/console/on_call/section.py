"""Who is on call, escalation policies, and test alarms."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="on_call",
    prefix="on-call/",
    urls="console.on_call.urls",
    help_template="console/on_call/help.html",
    navigation=(
        NavItem(
            "on_call", _("On call"), "calendar", IncidentPermission.VIEW_INCIDENTS, group=WATCH
        ),
        NavItem(
            "escalation", _("Escalation"), "send", IncidentPermission.MANAGE_ON_CALL, group=WATCH
        ),
    ),
)
