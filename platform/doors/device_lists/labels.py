"""What the reasons of entries and the kinds of differences are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "list_full": _("the list is full"),
    "profile": _("the device can't hold the time profile"),
    "profile_waits": _("waits for its time profile"),
    "profiles_full": _("the device has no room for another time profile"),
    "card_format": _("the device can't read cards of this format"),
    "no_card": _("has no card"),
    "nothing_read": _("has neither a face nor a card that the device reads"),
    "no_answer": _("the device did not answer"),
    "refused": _("rejected by the device"),
    "photo": _("the device can't use the photo"),
    "unwritable": _("can't be written for this device"),
}
DIFFERENCES: dict[str, str | Promise] = {
    "missing": _("was missing, and is loaded again"),
    "different": _("had another card, and is loaded again"),
    "surplus": _("was there without a right, and is deleted"),
    "stranger": _("is unknown here; delete it on the device if nobody needs it"),
}


def reason_of(code: str) -> str | Promise:
    """Return what a reason is called; empty for none."""
    return REASONS.get(code, code)
