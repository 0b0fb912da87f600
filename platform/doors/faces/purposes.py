"""What people consent to, in the words that they read."""

from django.utils.translation import gettext_lazy as _

from doors.models.faces import PURPOSE
from people.consents import Purpose, register_purpose

#: To keep the enrolment photo for terminals that are replaced or added later.
PHOTO = "face_photo"
FACE_DOORS = Purpose(
    PURPOSE,
    _("Opening doors by face"),
    _(
        "I agree that my face is used to open the doors that I may open anyway, and for nothing"
        " else. From a photo, a series of numbers is calculated and stored in encrypted form; the"
        " doors' terminals get the photo for the same purpose. I can withdraw this at any time,"
        " without giving a reason: then the numbers, the photo and their key are deleted within a"
        " minute, and all terminals are ordered to delete me. A card, a code or a PIN opens the"
        " same doors; whoever does not agree has no disadvantage."
    ),
)
FACE_PHOTO = Purpose(
    PHOTO,
    _("Keeping the photo for new terminals"),
    _(
        "I agree that the photo of my enrolment is kept in encrypted form, so that a terminal which"
        " is replaced or added can get it without asking me again. Without this consent it is"
        " deleted once all terminals have confirmed it, after seven days at the latest. I can"
        " withdraw this at any time."
    ),
)


def register() -> None:
    """Declare both purposes."""
    register_purpose(FACE_DOORS)
    register_purpose(FACE_PHOTO)
