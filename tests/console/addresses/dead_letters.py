"""The addresses of dead letters: name, permission, row of the world, POST only."""

from devices.permissions import DevicePermission

ADDRESSES = {
    "dead_letters": (DevicePermission.REPLAY_DEAD_LETTERS, "", False),
    "dead_letter": (DevicePermission.REPLAY_DEAD_LETTERS, "letter", False),
    "letter_payload": (DevicePermission.REPLAY_DEAD_LETTERS, "letter", False),
    "replay_letters": (DevicePermission.REPLAY_DEAD_LETTERS, "", False),
    "replay_progress": (DevicePermission.REPLAY_DEAD_LETTERS, "", False),
    "replay_letter": (DevicePermission.REPLAY_DEAD_LETTERS, "letter", False),
    "discard_letter": (DevicePermission.REPLAY_DEAD_LETTERS, "letter", False),
}
