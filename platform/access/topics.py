"""Topics of the live channel: lanes and the cars at them."""

from access.permissions import AccessPermission
from core.live import declare

LANE = declare("lane", AccessPermission.VIEW_PASSAGES)
