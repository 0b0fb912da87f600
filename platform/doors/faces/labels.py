"""What is wrong with a photo, and how to do better, for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import Rejection
from devices.vision.faces.contract import Flaw

Text = str | Promise
FLAWS: dict[Flaw, tuple[Text, Text]] = {
    Flaw.NO_FACE: (_("no face is seen"), _("hold the phone before your face, at arm's length")),
    Flaw.SEVERAL_FACES: (
        _("there is more than one face"),
        _("let nobody else, and no picture of a face, be in view"),
    ),
    Flaw.CUT_OFF: (_("the face is cut off"), _("move until the whole face is in the oval")),
    Flaw.TOO_SMALL: (_("the face is too far away"), _("come closer")),
    Flaw.TOO_DARK: (_("it is too dark"), _("turn towards a window or a lamp")),
    Flaw.TOO_BRIGHT: (_("it is too bright"), _("leave the direct light")),
    Flaw.UNEVEN_LIGHT: (
        _("one side of the face is in shadow"),
        _("turn towards the light, so that it comes from the front"),
    ),
    Flaw.BLURRED: (_("the photo is blurred"), _("hold still, and wipe the lens")),
    Flaw.TURNED: (_("the head is turned"), _("look straight into the camera")),
    Flaw.TILTED: (_("the head is tilted"), _("hold your head and the phone upright")),
    Flaw.EYES_CLOSED: (
        _("the eyes are not both seen to be open"),
        _("open your eyes, and take off dark glasses"),
    ),
}


def hint_of(flaw: Flaw) -> str:
    """Return what a person can do about a flaw."""
    return str(FLAWS[flaw][1])


def rejection_of(flaw: Flaw) -> Rejection:
    """Return the rejection of a photo with a flaw."""
    problem, hint = FLAWS[flaw]
    return Rejection("photo", flaw.value, str(problem), str(hint))
