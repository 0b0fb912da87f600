"""Topics of the live channel: incidents."""

from core.live import declare
from incidents.permissions import IncidentPermission

INCIDENT = declare("incident", IncidentPermission.VIEW_INCIDENTS)
DEVICE_INCIDENT = declare("device_incident", IncidentPermission.VIEW_DEVICE_INCIDENTS)
WATCH_ENTRY = declare("watch_entry", IncidentPermission.MANAGE_WATCH_LIST)
ALARM_RULE = declare("alarm_rule", IncidentPermission.MANAGE_ALARM_RULES)
FEED = declare("feed", IncidentPermission.MANAGE_FEEDS)
