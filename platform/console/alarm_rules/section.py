"""Alarm rules."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="alarm_rules",
    prefix="alarm-rules/",
    urls="console.alarm_rules.urls",
    help_template="console/alarm_rules/help.html",
    navigation=(
        NavItem(
            "alarm_rules",
            _("Alarm rules"),
            "bell",
            IncidentPermission.MANAGE_ALARM_RULES,
            group=WATCH,
        ),
    ),
)
