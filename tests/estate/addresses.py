"""The addresses of the site's plan."""

from estate.permissions import EstatePermission
from tests.rooms import Address

CONSOLE = {
    "site_plan": Address(EstatePermission.MANAGE_PLACES),
    "draw_plan": Address(EstatePermission.MANAGE_PLACES),
    "plan_draft": Address(EstatePermission.MANAGE_PLACES),
    "import_plan": Address(EstatePermission.MANAGE_PLACES),
    "publish_plan": Address(EstatePermission.MANAGE_PLACES),
    "discard_plan": Address(EstatePermission.MANAGE_PLACES),
    "restore_plan": Address(EstatePermission.MANAGE_PLACES, "plan_revision"),
    "plan_file": Address(EstatePermission.MANAGE_PLACES, "plan_revision"),
}
