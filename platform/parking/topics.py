"""Topics of the live channel: stays and tariffs."""

from core.live import declare
from parking.permissions import ParkingPermission

STAY = declare("stay", ParkingPermission.VIEW_STAYS)
TARIFF = declare("tariff", ParkingPermission.MANAGE_TARIFFS)
