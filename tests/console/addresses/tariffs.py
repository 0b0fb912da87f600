"""The addresses of tariffs: name, permission, row of the world, POST only."""

from parking.permissions import ParkingPermission

ADDRESSES = {
    "tariffs": (ParkingPermission.MANAGE_TARIFFS, "", False),
    "publish_tariff": (ParkingPermission.MANAGE_TARIFFS, "", False),
    "tariff": (ParkingPermission.MANAGE_TARIFFS, "tariff", False),
}
