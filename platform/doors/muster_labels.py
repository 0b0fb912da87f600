"""What the muster list says of people who may have left unseen."""

from django.utils.translation import gettext_lazy as _

from doors import inside

_DOUBTS = {
    inside.OLD: _("not seen for long"),
    inside.BUTTON: _("somebody has left by an exit button since"),
    inside.WAY: _("not known whether in or out"),
    inside.CAR: _("the car has left since"),
}


def doubt_label(doubt: str) -> str:
    """Return why it is not sure that somebody is inside; empty where it is."""
    return str(_DOUBTS[doubt]) if doubt else ""
