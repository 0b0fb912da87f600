"""Topics of the live channel: the state of the installation."""

from core.live import declare
from core.permissions import SitePermission

HEALTH = declare("health", SitePermission.VIEW_HEALTH)
