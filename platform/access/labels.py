"""Texts for the rules of decisions, in the reader's language."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.money import Money

Facts = dict[str, Any]

_REASONS: dict[str, Callable[[Facts], str]] = {
    "late": lambda f: _("The message came %(seconds)s s late: the car may be gone") % f,
    "lane_class": lambda f: _("This lane is not for %(colour)s plates") % f,
    "watch_list": lambda f: _("The plate is on the watch-list; the incident is on the console"),
    "confidence": lambda f: _("The read is unsure (%(percent)s %%)") % f,
    "no_plate": lambda f: _("No plate could be read"),
    "block_list": lambda f: _("The plate is on the site's block list"),
    "block_look_alike": lambda f: _("The plate looks like %(blocked)s on the block list") % f,
    "reread": lambda f: _("The same car was read again at this lane"),
    "lock": lambda f: _("This plate came in less than %(seconds)s s ago") % f,
    "allow_list": lambda f: _("The plate is on the allow list"),
    "resident": lambda f: _("The car belongs to a resident or tenant"),
    "visitor_pass": lambda f: _("The car has a visitor pass"),
    "full": lambda f: _("The lot is full: %(inside)s of %(capacity)s") % f,
    "tariff": lambda f: _("Pays by tariff %(tariff)s") % f,
    "no_tariff": lambda f: _("The lot has no tariff in force"),
    "unknown_car": lambda f: _("The lot admits no unknown cars"),
    "open_stay": lambda f: _("Its stay was found"),
    "covered": lambda f: _("Its leave covers the whole stay"),
    "paid": lambda f: _("The stay is paid"),
    "free": lambda f: _("Nothing is due for the stay"),
    "due": lambda f: _("%(amount)s is due") % {"amount": Money(f["due"], f["currency"]).written()},
    "manual_lift": lambda f: _("A person lifted the barrier"),
    "manual_refusal": lambda f: _("A person refused the car"),
    "no_rule": lambda f: _("No rule lets this car through"),
}
_ENDED = {
    "allow_list": lambda f: _("On the allow list until %(ended)s") % f,
    "resident": lambda f: _("The car's registration ended %(ended)s") % f,
    "visitor_pass": lambda f: _("The visitor pass ended %(ended)s") % f,
}
_NOTES: dict[str, Callable[[Facts], str]] = {
    "confidence": lambda f: _("The read is sure enough (%(percent)s %%)") % f,
    "full": lambda f: _("The lot has room: %(inside)s of %(capacity)s") % f,
}

# What each check is called in the trace of a decision.
RULE_LABELS = {
    "late": gettext_lazy("In time"),
    "lane_class": gettext_lazy("Right lane"),
    "watch_list": gettext_lazy("Watch-list"),
    "confidence": gettext_lazy("Sure of the plate"),
    "no_plate": gettext_lazy("Sure of the plate"),
    "block_list": gettext_lazy("Block list"),
    "block_look_alike": gettext_lazy("Block list"),
    "reread": gettext_lazy("Read before"),
    "lock": gettext_lazy("One in, one out"),
    "allow_list": gettext_lazy("Allow list"),
    "resident": gettext_lazy("Resident's car"),
    "visitor_pass": gettext_lazy("Visitor pass"),
    "full": gettext_lazy("Room inside"),
    "tariff": gettext_lazy("Tariff"),
    "no_tariff": gettext_lazy("Tariff"),
    "unknown_car": gettext_lazy("Unknown cars"),
    "open_stay": gettext_lazy("Stay found"),
    "covered": gettext_lazy("Covered"),
    "no_entry": gettext_lazy("Entry seen"),
    "due": gettext_lazy("Amount due"),
    "free": gettext_lazy("Amount due"),
    "paid": gettext_lazy("Amount due"),
    "no_rule": gettext_lazy("No rule"),
}


def reason_label(rule: str, facts: Facts) -> str:
    """Return why a rule decided as it did; the rule's code where no text exists."""
    if rule == "no_entry":
        return _no_entry(facts)
    return _format(_REASONS.get(rule), facts) or rule


def trace_label(rule: str, result: str, facts: Facts) -> str:
    """Return the text for one step of a decision's trace."""
    if result == "passed":
        return _("nothing against it")
    if result == "noted":
        note = _ENDED.get(rule) if "ended" in facts else _NOTES.get(rule)
        return _format(note, facts) or reason_label(rule, facts)
    return reason_label(rule, facts)


def _no_entry(facts: Facts) -> str:
    count = len(facts.get("candidates", []))
    if not count:
        return _("Nobody saw this car come in")
    return ngettext(
        "Nobody saw this car come in; one car inside looks like it",
        "Nobody saw this car come in; %(count)s cars inside look like it",
        count,
    ) % {"count": count}


def _format(template: Callable[[Facts], str] | None, facts: Facts) -> str:
    try:
        return template(facts) if template else ""
    except KeyError:  # an older decision, stored before the rule recorded this fact
        return ""
