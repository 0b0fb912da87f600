"""What the audit log's actions on credentials and visitors are called on pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DOOR_ACTIONS: dict[str, str | Promise] = {
    "accept rules for visitors": _("accepted the rules for visitors"),
    "add visitor ban": _("added a visitor ban"),
    "approve visit": _("approved a visit"),
    "approve visitor ban": _("approved a visitor ban"),
    "begin muster": _("began a muster"),
    "change rules of muster": _("changed the rules of the muster list"),
    "end muster": _("ended a muster"),
    "export muster list": _("exported the muster list"),
    "read person at desk": _("viewed a person at the guard's desk"),
    "read muster list": _("viewed the muster list"),
    "take back safe mark": _("took back that somebody is safe"),
    "change rules for visitors": _("changed the rules for visitors"),
    "compare device list": _("had the list on a device compared"),
    "decline visit": _("declined a visit"),
    "end visitor ban": _("ended a visitor ban"),
    "extend visit": _("extended a visit"),
    "issue delivery code": _("issued a code for a delivery"),
    "note deposit of visitor": _("noted a visitor's deposit"),
    "note visitor left": _("noted that a visitor has left"),
    "reactivate credential": _("activated a PIN, a code or a phone again"),
    "report credential lost": _("reported a PIN, a code or a phone lost"),
    "suspend credential": _("suspended a PIN, a code or a phone"),
    "unlock PIN": _("unlocked a PIN"),
    "issue credential": _("issued a PIN, a code or a phone"),
    "end credential": _("ended a PIN, a code or a phone"),
    "read device list": _("viewed the list on a device"),
    "send device entry again": _("had an entry sent to a device again"),
    "read printed code": _("viewed a printed code"),
    "read visit": _("viewed a visit"),
    "widen door right": _("let a right at doors hold at all times on a device"),
    "read face enrolment": _("viewed a person's enrolment of the face"),
    "read visitor bans": _("viewed the ban list of visitors"),
}
