"""Texts for means, and for the rules of decisions at doors, in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from doors.models import Credential, Token

Facts = Mapping[str, Any]

#: By which means people come in; the codes are those of `devices.events`.
MEANS_LABELS: Mapping[str, str | Promise] = {
    "card": gettext_lazy("card"),
    "face": pgettext_lazy("at a door", "face"),
    **{str(code): label for code, label in Token.Means.choices},
    "button": pgettext_lazy("at a door", "button inside"),
    "remote": pgettext_lazy("at a door", "opened remotely"),
}


def _inside(facts: Facts) -> str:
    return _("%(inside)s of %(limit)s people are inside") % facts


def _not_active(facts: Facts) -> str:
    states: dict[str, Any] = dict(Credential.State.choices)
    state = states.get(facts["state"], facts["state"])
    return _("The credential is in the state “%(state)s”") % {"state": state}


def _unknown(facts: Facts) -> str:
    return _("Unknown: %(means)s") % {"means": MEANS_LABELS.get(facts["means"], facts["means"])}


def _right(facts: Facts) -> str:
    if facts.get("leaves"):
        return _("A visitor who is inside may leave by any door")
    return _("The person has a right here now")


def _paused(facts: Facts) -> str:
    text = ngettext(
        "No PIN is taken for a while: %(tries)s unknown one was entered",
        "No PIN is taken for a while: %(tries)s unknown ones were entered",
        facts["tries"],
    )
    return text % facts


_REASONS: dict[str, Callable[[Facts], str]] = {
    "fire": lambda f: _("Fire release: the door opens for everybody"),
    "no_door": lambda f: _("The device serves no door"),
    "late": lambda f: _("The message is about a time that is over"),
    "without_credential": lambda f: _("Opened without showing who it is"),
    "lock_down": lambda f: _("The doors are locked down"),
    "open_hours": lambda f: _("The door is open to all at this time"),
    "pins_paused": _paused,
    "unknown": _unknown,
    "face_not_compared": lambda f: _("The reader claims to have seen a face; that opens nothing"),
    "not_active": _not_active,
    "out_of_period": lambda f: _("The credential is not valid on this day"),
    "pin_locked": lambda f: _("The PIN is locked after five refusals"),
    "code_old": lambda f: _("The code is older than a minute, or not yet valid"),
    "code_used": lambda f: _("The code has opened this door before"),
    "visit_not_approved": lambda f: _("The visit is not approved"),
    "entries_used": lambda f: _("The visitor has used all entries"),
    "other_door": lambda f: _("The code is for another door"),
    "no_right": lambda f: _("The person has no right at this door"),
    "not_at_this_time": lambda f: _("The person's right does not hold at this time"),
    "passback": lambda f: _("The person has entered already and has not left"),
    "full": _inside,
    "second_factor_missing": lambda f: _("The door asks for a second factor"),
    "second_factor_wrong": lambda f: _("The second factor is not this person's, or not valid"),
    "admitted": lambda f: _("The person may pass"),
    "by_hand": lambda f: _("Opened by hand: %(reason)s") % {"reason": f.get("reason", "")},
}
_NOTES: dict[str, Callable[[Facts], str]] = {
    "lock_down": lambda f: _("The doors are locked down, but people may leave"),
    "right": _right,
    "passback": lambda f: _("Entered twice; noted only"),
    "full": _inside,
    "second_factor": lambda f: _("Second factor shown"),
}
#: What each check is called in the trace of a decision.
RULE_LABELS: Mapping[str, str | Promise] = {
    "fire": gettext_lazy("Fire release"),
    "device": gettext_lazy("Door of the device"),
    "no_door": gettext_lazy("Door of the device"),
    "late": gettext_lazy("Message on time"),
    "without_credential": gettext_lazy("Without credential"),
    "lock_down": gettext_lazy("Lock-down"),
    "open_hours": gettext_lazy("Open to all"),
    **dict.fromkeys(
        (
            *("credential", "unknown", "pins_paused", "face_not_compared", "not_active"),
            *("out_of_period", "pin_locked", "code_old", "code_used", "other_door"),
        ),
        gettext_lazy("Credential"),
    ),
    **dict.fromkeys(
        ("right", "no_right", "not_at_this_time", "visit_not_approved", "entries_used"),
        gettext_lazy("Right"),
    ),
    "passback": gettext_lazy("Entering twice"),
    "full": gettext_lazy("Room in the zone"),
    **dict.fromkeys(
        ("second_factor", "second_factor_missing", "second_factor_wrong"),
        gettext_lazy("Second factor"),
    ),
    "admitted": gettext_lazy("Decision"),
    "by_hand": gettext_lazy("Opened by hand"),
}


def means_label(means: str) -> str:
    """Return what a means is called; its code where it has no name."""
    return str(MEANS_LABELS.get(means, means))


def reason_label(rule: str, facts: Facts) -> str:
    """Return why a rule decided as it did; the rule's code where no text exists."""
    return _said(_REASONS, rule, facts) or rule


def trace_label(rule: str, result: str, facts: Facts) -> str:
    """Return the text for one step of a decision's trace."""
    if result == "passed":
        return _("passed")
    if result == "noted":
        return _said(_NOTES, rule, facts) or reason_label(rule, facts)
    return reason_label(rule, facts)


def _said(texts: Mapping[str, Callable[[Facts], str]], rule: str, facts: Facts) -> str:
    """Return a text; empty where there is none, or a stored row lacks what it names."""
    try:
        return texts[rule](facts)
    except KeyError:
        return ""
