"""Texts for the rules of decisions, in the reader's language."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.money import Money
from devices.vision.certainty import Doubt
from devices.vision.failures import Failure

Facts = dict[str, Any]

# Why a confident result of the plate reader opens nothing.
_DOUBTS = {
    Doubt.NO_COUNTRY: gettext_lazy("Set the countries of plates in the site's settings"),
    Doubt.NO_FORMAT: gettext_lazy("No expected country gives out such plates"),
    Doubt.NOT_ISSUED: gettext_lazy("No expected country gives out such plates"),
    Doubt.NO_DIGIT: gettext_lazy("It may be a word: no digit was read"),
    Doubt.DIGITS_ONLY: gettext_lazy("It may be a telephone number: only digits were read"),
    Doubt.LONGER: gettext_lazy("It may be a part of a longer text"),
    Doubt.NO_GAP: gettext_lazy("It may be a word: no gap for the seals was read"),
    Doubt.PROVINCE: gettext_lazy("The province could not be read"),
    Doubt.COLOUR: gettext_lazy("The plate has another colour than its kind"),
    Doubt.TWO_PLATES: gettext_lazy("Two plates in the picture"),
    Doubt.BEHIND: gettext_lazy("It may be the next car's: plates here are usually larger"),
    Doubt.SECOND_OPINION: gettext_lazy("The second plate reader does not read the same"),
    Doubt.SMALL: gettext_lazy("The plate is too small in the picture"),
}
# Why a photo was not read, however good it is.
_FAILURES = {
    Failure.UNAVAILABLE: gettext_lazy("Plate recognition is not available"),
    Failure.CAMERA: gettext_lazy(
        "This camera's photos are not read for now: the last ones broke the plate reader"
    ),
    Failure.TIME: gettext_lazy("The photo took too long to read"),
    Failure.MEMORY: gettext_lazy("The photo took too much memory to read"),
    Failure.CRASH: gettext_lazy("The plate reader broke down at this photo"),
}


def _low_confidence(facts: Facts) -> str:
    low = _("Low confidence (%(percent)s %%)") % facts
    if "failure" not in facts:
        return low
    return _("%(failure)s. The camera's reading: %(low)s") % {
        "failure": _FAILURES[facts["failure"]],
        "low": low,
    }


def _no_plate(facts: Facts) -> str:
    return str(_FAILURES[facts["failure"]]) if "failure" in facts else _("No plate could be read")


_REASONS: dict[str, Callable[[Facts], str]] = {
    "test_car": lambda f: _("Test car: the lane received it"),
    "late": lambda f: _("Message arrived %(seconds)s s late: the car may have left") % f,
    "lane_class": lambda f: _("This lane does not accept %(colour)s plates") % f,
    "watch_list": lambda f: _("Plate is on the watch-list; see the incident in the console"),
    "confidence": _low_confidence,
    "doubt": lambda f: str(_DOUBTS[f["doubt"]]),
    "no_plate": _no_plate,
    "block_list": lambda f: _("Plate is on the block list"),
    "block_look_alike": lambda f: _("Plate looks like %(blocked)s, which is on the block list") % f,
    "reread": lambda f: _("Same car read again at this lane"),
    "lock": lambda f: _("Plate entered less than %(seconds)s s ago") % f,
    "allow_list": lambda f: _("Plate is on the allow list"),
    "resident": lambda f: _("Registered car of a resident or tenant"),
    "visitor_pass": lambda f: _("The car has a visitor pass"),
    "full": lambda f: _("Lot is full: %(inside)s of %(capacity)s") % f,
    "tariff": lambda f: _("Charged by tariff %(tariff)s") % f,
    "no_tariff": lambda f: _("Lot has no tariff in force"),
    "unknown_car": lambda f: _("Lot does not admit unregistered cars"),
    "open_stay": lambda f: _("The car has entered and not left"),
    "covered": lambda f: _("Permit covers the whole stay"),
    "paid": lambda f: _("Stay is paid"),
    "free": lambda f: _("Nothing to pay"),
    "due": lambda f: _("%(amount)s due") % {"amount": Money(f["due"], f["currency"]).written()},
    "manual_lift": lambda f: _("Barrier opened by staff"),
    "manual_refusal": lambda f: _("Refused by staff"),
    "no_rule": lambda f: _("No rule lets this car through"),
}
_ENDED = {
    "allow_list": lambda f: _("Allow list entry ended %(ended)s") % f,
    "resident": lambda f: _("Car's registration ended %(ended)s") % f,
    "visitor_pass": lambda f: _("Visitor pass ended %(ended)s") % f,
}
_NOTES: dict[str, Callable[[Facts], str]] = {
    "confidence": lambda f: _("Confidence is high enough (%(percent)s %%)") % f,
    "full": lambda f: _("Lot has space: %(inside)s of %(capacity)s") % f,
}

# What each check is called in the trace of a decision.
RULE_LABELS = {
    "test_car": gettext_lazy("Test car"),
    "late": gettext_lazy("Message on time"),
    "lane_class": gettext_lazy("Plate colour"),
    "watch_list": gettext_lazy("Watch-list"),
    "confidence": gettext_lazy("Confidence"),
    "doubt": gettext_lazy("Confidence"),
    "no_plate": gettext_lazy("Confidence"),
    "block_list": gettext_lazy("Block list"),
    "block_look_alike": gettext_lazy("Block list"),
    "reread": gettext_lazy("Repeated reading"),
    "lock": gettext_lazy("One in, one out"),
    "allow_list": gettext_lazy("Allow list"),
    "resident": gettext_lazy("Resident's car"),
    "visitor_pass": gettext_lazy("Visitor pass"),
    "full": gettext_lazy("Capacity"),
    "tariff": gettext_lazy("Tariff"),
    "no_tariff": gettext_lazy("Tariff"),
    "unknown_car": gettext_lazy("Unregistered cars"),
    "open_stay": gettext_lazy("Stay"),
    "covered": gettext_lazy("Covered by permit"),
    "no_entry": gettext_lazy("Entry on record"),
    "due": gettext_lazy("Amount due"),
    "free": gettext_lazy("Amount due"),
    "paid": gettext_lazy("Amount due"),
    "no_rule": gettext_lazy("No rule"),
    "manual_lift": gettext_lazy("Barrier opened by staff"),
    "manual_refusal": gettext_lazy("Refused by staff"),
}

#: What the kinds of `access.context.PlateRecord` are called.
RECORD_LABELS = {
    "allow": RULE_LABELS["allow_list"],
    "block": RULE_LABELS["block_list"],
    "resident": RULE_LABELS["resident"],
    "visitor": RULE_LABELS["visitor_pass"],
}


def reason_label(rule: str, facts: Facts) -> str:
    """Return why a rule decided as it did; the rule's code where no text exists."""
    if rule == "no_entry":
        return _no_entry(facts)
    return _format(_REASONS.get(rule), facts) or rule


def trace_label(rule: str, result: str, facts: Facts) -> str:
    """Return the text for one step of a decision's trace."""
    if result == "passed":
        return _("passed")
    if result == "noted":
        note = _ENDED.get(rule) if "ended" in facts else _NOTES.get(rule)
        return _format(note, facts) or reason_label(rule, facts)
    return reason_label(rule, facts)


def _no_entry(facts: Facts) -> str:
    count = len(facts.get("candidates", []))
    if not count:
        return _("No entry on record for this car")
    return ngettext(
        "No entry on record for this car; one similar car inside",
        "No entry on record for this car; %(count)s similar cars inside",
        count,
    ) % {"count": count}


def _format(template: Callable[[Facts], str] | None, facts: Facts) -> str:
    try:
        return template(facts) if template else ""
    except KeyError:  # an older decision, stored before the rule recorded this fact
        return ""
