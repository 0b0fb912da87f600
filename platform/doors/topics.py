"""Topics of the live channel: credentials, rights, passages, visits, devices' lists."""

from core.live import declare
from core.permissions import SitePermission
from doors.permissions import DoorPermission

CARD = declare("card", DoorPermission.VIEW_CARDS)
TOKEN = declare("door_token", DoorPermission.VIEW_CARDS)
RIGHT = declare("door_right", DoorPermission.MANAGE_RIGHTS)
PASSAGE = declare("door_passage", DoorPermission.VIEW_DOOR_PASSAGES)
FACE = declare("face", DoorPermission.MANAGE_FACES)
DEVICE_LIST = declare("door_device_list", DoorPermission.MANAGE_RIGHTS)
# Fire release, lock-down, and what waits for a second person: every page shows it.
ALERT = declare("door_alert", SitePermission.VIEW_SITE)
VISIT = declare("visit", DoorPermission.VIEW_VISITORS)
MUSTER = declare("muster", DoorPermission.RUN_MUSTERS)
