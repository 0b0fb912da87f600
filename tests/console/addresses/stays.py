"""The addresses of stays: name, permission, row of the world, POST only."""

from billing.permissions import BillingPermission
from parking.permissions import ParkingPermission

ADDRESSES = {
    "stays": (ParkingPermission.VIEW_STAYS, "", False),
    "stay": (ParkingPermission.VIEW_STAYS, "stay", False),
    "review_stay": (ParkingPermission.REVIEW_STAY, "stay", False),
    "cash": (BillingPermission.RECORD_CASH, "stay", False),
}
