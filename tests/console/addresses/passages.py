"""The addresses of passages: name, permission, row of the world, POST only."""

from access.permissions import AccessPermission
from billing.permissions import BillingPermission

ADDRESSES = {
    "passage": (AccessPermission.VIEW_PASSAGES, "passage", False),
    "photo": (AccessPermission.VIEW_PHOTOS, "passage", False),
    "correct": (AccessPermission.CORRECT_PLATE, "passage", False),
    "lift": (AccessPermission.OPEN_BARRIER, "passage", False),
    "refuse": (AccessPermission.OPEN_BARRIER, "passage", False),
    "lost_entry": (BillingPermission.RECORD_CASH, "passage", False),
}
