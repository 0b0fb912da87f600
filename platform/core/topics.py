"""Topics of the live channel: the state of the installation, and lists that are being imported."""

from core.live import declare
from core.permissions import SitePermission

HEALTH = declare("health", SitePermission.VIEW_HEALTH)
IMPORT = declare("import_batch", SitePermission.IMPORT_LISTS)
