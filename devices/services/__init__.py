"""Changes of the registry, manual commands, and handling of dead letters."""

from devices.services.checking import check_device
from devices.services.commanding import command_by_hand
from devices.services.dead_letters import (
    discard_dead_letter,
    discard_dead_letters,
    replay_dead_letter,
    reprocess_dead_letter,
    restore_dead_letters,
)
from devices.services.registering import (
    register_device,
    register_devices,
    remove_devices,
    restore_enabled,
    rotate_key,
    rotate_password,
    set_all_enabled,
    set_enabled,
    set_options,
)

__all__ = [
    "check_device",
    "command_by_hand",
    "discard_dead_letter",
    "discard_dead_letters",
    "register_device",
    "register_devices",
    "remove_devices",
    "replay_dead_letter",
    "reprocess_dead_letter",
    "restore_dead_letters",
    "restore_enabled",
    "rotate_key",
    "rotate_password",
    "set_all_enabled",
    "set_enabled",
    "set_options",
]
