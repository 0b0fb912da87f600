"""The values of an audit entry in words: what a field is called, and what it was before."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.money import Money
from core.text_lists import joined
from estate.models import UnitState
from incidents.severities import Severity
from people.models import Occupancy
from ui.pages import Text

#: What values are called; others are shown by their names.
FIELDS: Mapping[str, Text] = {
    "allows_part_payment": _("Payers may pay a part of a bill"),
    "auto_clear": _("closes by itself"),
    "applies_credit": _("Credit pays new bills at once"),
    "accept_high": _("Accepted although high"),
    "address": _("Address"),
    "amount": _("Amount"),
    "barrier": _("Barrier"),
    "base": _("Start value"),
    "basis": _("Legal basis"),
    "bay": _("Bay"),
    "begun": _("Begun"),
    "begins_at": _("From"),
    "begins_on": _("From"),
    "binding": pgettext_lazy("to a home", "Access"),
    "by": _("By"),
    "camera": _("Camera"),
    "capacity": _("Capacity"),
    "channels": _("Channels"),
    "code": _("Code"),
    "codes": _("Codes"),
    "corners": _("Corners"),
    "count": _("Number"),
    "currency": _("Currency"),
    "device": _("Device"),
    "difference": _("Difference"),
    "data": _("Data"),
    "deleted": _("Deleted"),
    "held": _("Kept by a hold"),
    "kept_days": _("Days"),
    "law": _("Law or contract"),
    "least_height": _("Least height of a plate (%)"),
    "dates": pgettext_lazy("dates", "Days"),
    "days": _("Days after the due date"),
    "due_days": _("Days to pay"),
    "direction": _("Direction"),
    "drill": _("Drill"),
    "driver": _("Driver"),
    "email": _("E-mail"),
    "ends_at": _("Until"),
    "ends_on": _("Until"),
    "enabled": _("Enabled"),
    "ended": _("Ended"),
    "fields": _("Fields"),
    "filters": _("Filters"),
    "first": _("First"),
    "floor": _("Floor"),
    "format": _("Format"),
    "gate": _("Gate"),
    "income": _("Income account"),
    "invitation": _("Invitation"),
    "key": _("Divided"),
    "kind": _("Kind"),
    "lane": _("Lane"),
    "language": _("Language"),
    "last": _("Last"),
    "list": _("List"),
    "items": _("Fees"),
    "lost_entry_charge": _("charge for a lost entry"),
    "lot": _("Car park"),
    "metric": _("Metric"),
    "minutes": _("Minutes"),
    "month": _("Month"),
    "name": _("Name"),
    "names": _("Names"),
    "number": _("Number"),
    "on": _("From"),
    "payment": _("Payment"),
    "pays": _("Pays"),
    "permissions": _("Permissions"),
    "phone": _("Phone"),
    "plate": _("Plate"),
    "price": _("Price"),
    "plate_countries": _("Countries of plates"),
    "point": _("Meter point"),
    "purpose": _("Purpose"),
    "rate_per_day": _("Rate per day"),
    "reading": _("Reading"),
    "reason": _("Reason"),
    "refund": _("Refund"),
    "refund_limit": _("Refunds up to this need no second person"),
    "register": _("Register value"),
    "request": _("Request"),
    "rights": _("Rights"),
    "role": _("Role"),
    "roles": _("Roles"),
    "rolled_over": _("rolled over"),
    "serial": _("Serial number"),
    "severity": _("Severity"),
    "slug": _("Address"),
    "state": _("State"),
    "status": _("Status"),
    "tariff": _("Tariff"),
    "tiers": _("Tiers"),
    "tax_number": _("Tax number"),
    "undone": _("Undone"),
    "unit": _("Unit"),
    "timezone": _("Time zone"),
    "topic": _("Topic"),
    "use": _("Use"),
    "valid_from": _("Valid from"),
    "vat_rate": _("VAT rate in percent"),
    "version": _("Version"),
    "waiver_limit": _("Waivers and write-offs up to this need no second person"),
    "weight": _("Weight"),
    "confirmed_by": _("Confirmed by"),
    "decides": _("Decides"),
    "door": _("Door"),
    "doors": _("Doors"),
    "forgiven_after_hours": _("Forgiven after (h)"),
    "group": _("Group of doors"),
    "held_open_seconds": _("Held open after (s)"),
    "means": _("By"),
    "passback": _("Entering twice"),
    "people_limit": _("People at most"),
    "profile": _("Time profile"),
    "second_factor": _("Second factor"),
    "unlock_seconds": _("Unlocked for (s)"),
    "sure_hours": _("Unsure after (h)"),
    "who": pgettext_lazy("whose right", "For"),
    "withdrawn": _("Withdrawn because"),
    "zone": _("Zone"),
    "building": _("Building"),
    "directions": _("Directions"),
    "type": _("Type"),
    "person": _("Person"),
    "approved_by_staff": _("Approved by the staff"),
    "asks_at_door": _("Visitors may ask at the door"),
    "contractors_deposit": _("Contractors leave a deposit"),
    "contractors_sign": _("Contractors accept the rules"),
    "most_companions": _("Companions at most"),
    "per_day": _("Visits per home and day"),
    "receipt": _("Receipt"),
    "visit": _("Visit"),
    "way": _("The way in"),
}
# Values that are several things, where two are no pair of before and after.
_SEVERAL = {
    *("begun", "codes", "ended", "fields", "filters", "letters", "names", "pays", "permissions"),
    *("rights", "roles"),
}
# Values that are amounts in minor units.
_AMOUNTS = frozenset({"amount", "difference", "refund_limit", "waiver_limit"})
# What codes are called, by the value's name; those of kinds of fees depend on the site.
_CODES: Mapping[str, Mapping[str, Text]] = {
    "rights": {
        "may_pay": _("May pay"),
        "may_invite_visitors": _("May invite visitors"),
        "may_see_bills": _("May see bills"),
    },
    "pays": {"": _("all fees")},
    "state": dict(UnitState.State.choices),
    "role": dict(Occupancy.Role.choices),
    "severity": dict(Severity.choices),
}


def described(detail: Mapping[str, Any], currency: str = "") -> str:
    """Return an entry's values, such as ``Name: Mill → Mill Street; Reason: renamed``.

    Args:
        detail: the values, with amounts in minor units.
        currency: of amounts whose entry names none; without one they stand as they are.
    """
    rest, parts = dict(detail), []
    currency = rest.get("currency") or currency
    for name in _AMOUNTS & rest.keys() if currency else ():
        rest[name] = _money(rest[name], currency)
        rest.pop("currency", None)
    if "before" in rest and "after" in rest:
        parts.append(_change(rest.pop("before"), rest.pop("after")))
    parts += [f"{_called(name)}: {_value(name, value)}" for name, value in rest.items()]
    return "; ".join(parts)


def _money(value: Any, currency: str) -> Any:
    """Return an amount in words, or those before and after a change."""
    if isinstance(value, list):
        return [_money(each, currency) for each in value]
    if isinstance(value, str) and value.isdecimal():
        value = int(value)  # changes of settings are recorded as texts
    return Money(value, currency).written() if type(value) is int else value


def _called(name: str) -> Text:
    return FIELDS.get(name) or name.replace("_", " ")


def _value(name: str, value: Any) -> str:
    is_pair = isinstance(value, list) and len(value) == 2
    if is_pair and (name not in _SEVERAL or isinstance(value[0], list)):
        return _change(*(_titled(name, each) for each in value))
    return _written(_titled(name, value))


def _titled(name: str, value: Any) -> Any:
    """Return a code's title, or those of several; other values are left as they are."""
    if isinstance(value, list):
        return [_titled(name, each) for each in value]
    return _CODES.get(name, {}).get(value, value) if isinstance(value, str) else value


def _change(before: Any, after: Any) -> str:
    return f"{_written(before)} → {_written(after)}"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping):
        return f"({described(value)})" if value else "–"
    if isinstance(value, list):
        return joined(map(_written, value)) or "–"
    return "–" if value in (None, "") else str(value)
