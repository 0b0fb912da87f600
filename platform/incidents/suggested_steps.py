"""Steps that a site's procedures may begin with, in the language of whoever edits them."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_LOOK = _("Look at the cameras nearby")
_SEND = _("Send a guard to the place")
_WRITE = _("Comment on what was found")
STEPS: Mapping[str, tuple[str | Promise, ...]] = {
    "sos": (
        _("Call the person back, or speak over the intercom"),
        _SEND,
        _("Call an ambulance (120) if somebody is hurt"),
        _WRITE,
    ),
    "smoke_fire": (
        _LOOK,
        _("Send two guards with an extinguisher"),
        _("Call the fire brigade (119) if there is smoke or fire"),
        _("Open the barriers and doors on the escape routes"),
        _("Keep the fire lane clear and lead the fire brigade to the place"),
        _WRITE,
    ),
    "intrusion": (
        _LOOK,
        _SEND,
        _("Do not pursue alone; call the police (110) if in danger"),
        _WRITE,
    ),
    "plate_watchlist": (
        _("Compare the photo with the entry"),
        _("Keep your distance; do not stop the car"),
        _("Note where the car goes"),
    ),
    "fire_lane_occupied": (_LOOK, _("Call the driver and ask to move the car"), _WRITE),
    "device_tampered": (_LOOK, _SEND, _("Notify the technician"), _WRITE),
    "barrier_forced": (_LOOK, _("Check that the arm closes"), _WRITE),
    "barrier_hit": (
        _LOOK,
        _("Secure the lane, and open another one"),
        _("Note plate and insurance of the driver"),
        _("Notify the technician"),
    ),
    "door_forced": (_LOOK, _SEND, _("Check that the door closes and locks"), _WRITE),
    "door_held": (_LOOK, _("Check that the door closes and locks")),
    "door_refusals": (_LOOK, _SEND, _("Ask the person whom they want to see"), _WRITE),
    "door_offline": (_("Check power and network of the device"), _("Notify the technician")),
}


def suggested(kind: str) -> list[str]:
    """Return the steps that a procedure for a kind may begin with."""
    return [str(step) for step in STEPS.get(kind, ())]
