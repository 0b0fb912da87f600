"""Topics of the live channel: cards."""

from core.live import declare
from doors.permissions import DoorPermission

CARD = declare("card", DoorPermission.VIEW_CARDS)
