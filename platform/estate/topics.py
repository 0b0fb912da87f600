"""Topics of the live channel: bays."""

from core.live import declare
from core.permissions import SitePermission

BAY = declare("bay", SitePermission.VIEW_SITE)
