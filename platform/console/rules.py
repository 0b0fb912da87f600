"""The names of the rules of a decision, as people call them (their sentences: access.reasons)."""

from django.utils.translation import gettext_lazy as _

NAMES = {
    "late": _("In time"),
    "lane_class": _("Right lane"),
    "watch_list": _("Watch-list"),
    "confidence": _("Sure of the plate"),
    "no_plate": _("Sure of the plate"),
    "block_list": _("Block list"),
    "block_look_alike": _("Block list"),
    "reread": _("Read before"),
    "lock": _("One in, one out"),
    "allow_list": _("Allow list"),
    "resident": _("Resident's car"),
    "visitor_pass": _("Visitor pass"),
    "full": _("Room inside"),
    "tariff": _("Tariff"),
    "no_tariff": _("Tariff"),
    "unknown_car": _("Unknown cars"),
    "open_stay": _("Stay found"),
    "covered": _("Covered"),
    "no_entry": _("Entry seen"),
    "due": _("Amount due"),
    "free": _("Amount due"),
    "paid": _("Amount due"),
    "no_rule": _("No rule"),
}
