"""Topics of the live channel: incidents."""

from core.live import declare
from core.permissions import SitePermission
from incidents.permissions import IncidentPermission

INCIDENT = declare("incident", IncidentPermission.VIEW_INCIDENTS)
DEVICE_INCIDENT = declare("device_incident", IncidentPermission.VIEW_DEVICE_INCIDENTS)
WATCH_ENTRY = declare("watch_entry", IncidentPermission.MANAGE_WATCH_LIST)
ROTA = declare("rota", IncidentPermission.VIEW_INCIDENTS)
SHIFT = declare("shift", IncidentPermission.VIEW_INCIDENTS)
TEST_ALARM = declare("test_alarm", IncidentPermission.VIEW_INCIDENTS)
SILENCE = declare("silence", IncidentPermission.SILENCE_INCIDENTS)
ALARM_RULE = declare("alarm_rule", IncidentPermission.MANAGE_ALARM_RULES)
FEED = declare("feed", IncidentPermission.MANAGE_FEEDS)
# Its banner stands on every page, so everyone may know of it.
EXERCISE = declare("exercise", SitePermission.VIEW_SITE)
