"""Topics of the live channel: cards and other credentials, rights, passages at doors."""

from core.live import declare
from doors.permissions import DoorPermission

CARD = declare("card", DoorPermission.VIEW_CARDS)
TOKEN = declare("door_token", DoorPermission.VIEW_CARDS)
RIGHT = declare("door_right", DoorPermission.MANAGE_RIGHTS)
PASSAGE = declare("door_passage", DoorPermission.VIEW_DOOR_PASSAGES)
FACE = declare("face", DoorPermission.MANAGE_FACES)
