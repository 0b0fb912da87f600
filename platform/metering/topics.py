"""Topics of the live channel: meters and their readings."""

from core.live import declare
from metering.permissions import MeteringPermission

METER = declare("meter", MeteringPermission.VIEW_METERS)
