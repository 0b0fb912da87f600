"""Topics of the live channel: bays, the calendar, doors, and the plan that shows them."""

from core.live import declare
from core.permissions import SitePermission

BAY = declare("bay", SitePermission.VIEW_SITE)
CALENDAR = declare("calendar", SitePermission.VIEW_SITE)
DOOR = declare("door", SitePermission.VIEW_SITE)
PLAN = declare("plan", SitePermission.VIEW_SITE)
