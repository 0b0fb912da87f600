"""An export of what is held of a person, as a page to read: what its rows and fields are called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from access.models import AccessListEntry
from billing.models import Charge, FapiaoRequest
from core import clock
from core.notifications import kinds as notice_kinds
from doors.labels import MEANS_LABELS
from doors.models import Card, VisitCrossing, VisitorBan
from estate.models import Door, Lane
from fees.models import ReminderMessage
from incidents import kinds
from parking.models import Stay
from people.models import Binding, ConsentStatement, Occupancy, ResidentRequest

Text = str | Promise
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$")
_ROOMS: dict[str, Text] = {
    "core": _("Audit log and messages"),
    "devices": pgettext_lazy("navigation", "Devices"),
    "people": _("People"),
    "incidents": _("Incidents"),
    "metering": _("Meters"),
    "access": _("Access"),
    "billing": _("Money"),
    "parking": _("Parking"),
    "doors": _("Doors"),
    "fees": _("Fees"),
    "imports": _("Imports"),
}
KINDS: dict[str, Text] = {
    "person": _("Person"),
    "occupancies": _("Homes"),
    "vehicles": _("Cars"),
    "cards": _("Cards"),
    "door credentials": _("PINs, codes and phones at doors"),
    "door rights": _("Rights at doors"),
    "door passages": _("Passages at doors"),
    "face at doors": _("Face at doors"),
    "face photo for terminals": _("Face photo for terminals"),
    "safe at musters": _("Marked as safe at musters"),
    "entries as a visitor": _("Arrivals and departures as a visitor"),
    "visitor bans": _("Ban list"),
    "consents": _("Consents"),
    "portal access": _("Access to the portal"),
    "accounts": _("Accounts"),
    "sessions": _("Sessions"),
    "passkeys": _("Passkeys"),
    "invitations": _("Invitations"),
    "requests": _("Requests"),
    "household rights": _("Rights in the household"),
    "audit entries": _("What was done with the data"),
    "messages": _("Messages"),
    "notification settings": _("Settings of notifications"),
    "push browsers": _("Browsers that get push messages"),
    "notifications": _("Notifications"),
    "notifications to others": _("Notifications that name the person"),
    "passages": _("Passages"),
    "stays": _("Stays"),
    "visitor passes": _("Visitor passes"),
    "access lists": _("Allow and block list"),
    "charges": _("Charges"),
    "bills": _("Bills"),
    "credit notes": _("Credit notes"),
    "deposits": _("Deposits"),
    "auto-pay": _("Auto-pay"),
    "fapiao requests": _("Requests for a fapiao"),
    "questions about bills": _("Questions about bills"),
    "leases": _("Leases"),
    "single charges": _("Single charges"),
    "reminders": _("Reminders"),
    "incidents": _("Incidents"),
    "comments on incidents": _("Comments on incidents"),
    "evidence": _("Collected evidence"),
    "notes": _("Notes that name the person"),
    "reasons at lanes": _("Reasons of decisions at lanes"),
    "reasons at doors": _("Reasons for opening doors by hand"),
    "notes on readings": _("Notes on readings"),
    "rows of lists": _("Rows of imported lists"),
    "rejected messages": _("Rejected messages"),
}
FIELDS: dict[str, Text] = {
    "name": pgettext_lazy("of a person", "Name"),
    "visitor_name": _("Visitor"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "born_on": _("Date of birth"),
    "unit__building__code": _("Building"),
    "unit__code": _("Unit"),
    "bay__code": _("Bay"),
    "role": _("Role"),
    "share": _("Share"),
    "begins_on": _("From"),
    "ends_on": _("Ends on"),
    "begins_at": _("From"),
    "ends_at": _("Until"),
    "plate": _("Plate"),
    "format": _("Format"),
    "facility": _("Facility code"),
    "card_number": _("Card number"),
    "issued_at": pgettext_lazy("a card", "Issued"),
    "purpose": _("Purpose"),
    "state": _("State"),
    "status": _("Status"),
    "at": _("When"),
    "text_version": _("Version of the text"),
    "channel": _("Stated"),
    "guardian": _("Guardian"),
    "seen_at": _("Seen"),
    "direction": _("Direction"),
    "way": _("Direction"),
    "basis": _("legal basis"),
    "means": _("By"),
    "group__name": _("Group of doors"),
    "door__name": _("Door"),
    "lane__name": _("Lane"),
    "passage__lane__name": _("Lane"),
    "kind": _("Kind"),
    "source_type": _("Kind"),
    "incident__kind": _("Kind"),
    "detail": _("Details"),
    "note": _("Note"),
    "reason": _("Reason"),
    "entered_at": _("Entered"),
    "left_at": _("Left"),
    "cover": _("Permit"),
    "price": _("Price in minor units"),
    "amount": _("Amount in minor units"),
    "document": pgettext_lazy("document", "Number"),
    "payer_name": _("Payer"),
    "payer_address": _("Address of the payer"),
    "issued_on": pgettext_lazy("a document", "Issued"),
    "due_on": pgettext_lazy("a date", "Due"),
    "total": _("Amount in minor units"),
    "title": pgettext_lazy("fapiao", "Title"),
    "tax_number": _("Tax number"),
    "asked_at": _("When"),
    "text": _("Question"),
    "answer": _("Answer"),
    "contract": _("Contract number"),
    "bill": _("Bill"),
    "sent_by": _("Sent by"),
    "sent_to": _("Sent to"),
    "deposit": _("Deposit in minor units"),
    "description": _("What for"),
    "happened_on": pgettext_lazy("a date", "Day"),
    "currency": _("Currency"),
    "period": _("Period"),
    "topic": _("Topic"),
    "received_at": _("Received"),
    "created_at": _("Created"),
    "sent_at": _("Sent"),
    "code": _("Code"),
    "payload": _("Content"),
    "params": _("Content"),
    "quiet_from": _("Quiet from"),
    "quiet_until": _("Quiet until"),
    "read_at": _("Read"),
    "action": _("Action"),
    "requested_at": _("Requested"),
    "decided_at": _("Decided"),
    "ended_at": _("Ended"),
    "browser": _("Browser"),
    "address": _("Network address"),
    "began_at": _("Began"),
    "added_at": _("Added"),
    "used_at": _("Last used"),
    "accepted_at": _("Accepted"),
    "revoked_at": _("Revoked"),
    "may_pay": _("May pay"),
    "may_invite_visitors": _("May invite visitors"),
    "may_see_bills": _("May see bills"),
    "number": _("Row"),
    "values": _("Values"),
    "taken_at": _("When"),
    "enrolled_at": _("Enrolled"),
    "consented_at": pgettext_lazy("auto-pay", "Agreed"),
    "terms_version": _("Version of the text"),
    "limit": _("Limit in minor units"),
    "method__title": _("Method"),
    "stopped_at": _("Turned off"),
    "enrolled_by": _("Enrolled by"),
}
# Codes of one field of a kind of rows, by title; those of a room above are registered.
_CODES: dict[tuple[str, str], Mapping[str, Text]] = {
    ("occupancies", "role"): dict(Occupancy.Role.choices),
    ("consents", "state"): {
        ConsentStatement.State.GIVEN: pgettext_lazy("consent", "given"),
        ConsentStatement.State.WITHDRAWN: pgettext_lazy("consent", "withdrawn"),
    },
    ("portal access", "state"): dict(Binding.State.choices),
    ("requests", "kind"): dict(ResidentRequest.Kind.choices),
    ("requests", "state"): dict(ResidentRequest.State.choices),
    ("passages", "direction"): dict(Lane.Direction.choices),
    ("access lists", "kind"): dict(AccessListEntry.Kind.choices),
    ("cards", "format"): dict(Card.Format.choices),
    ("cards", "state"): dict(Card.State.choices),
    ("door credentials", "means"): MEANS_LABELS,
    ("door credentials", "state"): dict(Card.State.choices),
    ("door passages", "means"): MEANS_LABELS,
    ("door passages", "direction"): dict(Door.Directions.choices),
    ("entries as a visitor", "kind"): dict(VisitCrossing.Kind.choices),
    ("entries as a visitor", "way"): dict(Door.Directions.choices),
    ("visitor bans", "basis"): dict(VisitorBan.Basis.choices),
    ("charges", "state"): dict(Charge.State.choices),
    ("fapiao requests", "state"): dict(FapiaoRequest.State.choices),
    ("reminders", "sent_by"): dict(ReminderMessage.Channel.choices),
    ("reminders", "state"): dict(ReminderMessage.State.choices),
    ("stays", "status"): dict(Stay.Status.choices),
    ("stays", "cover"): dict(Stay.Cover.choices),
    ("incidents", "incident__kind"): kinds.LABELS,
    ("notifications", "kind"): notice_kinds.LABELS,
    ("notifications to others", "kind"): notice_kinds.LABELS,
}

_KEPT: dict[str, Text] = {
    "occupancies": _("earlier occupancies"),
    "charges": _("charges in the books"),
    "bills": _("issued bills, which the law has kept"),
    "fapiao": _("issued fapiao, which the law has kept"),
    "incidents under review": _("incidents under review"),
    "entries of the block list": _("entries of the block list"),
    "visitor bans": _("entries of the ban list"),
    "door passages of an incident": _("passages at doors that are evidence of an incident"),
    "entries of the watch-list": _("entries of the watch-list"),
}


def kept_title(reason: str) -> str:
    """Return why rows stay after an erasure; a reason without a title stands as it is."""
    return str(_KEPT.get(reason, reason))


def room_title(room: str) -> str:
    """Return what a room's data is called; one without a title is called by its name."""
    return str(_ROOMS.get(room, room))


def register_codes(kind: str, field: str, titles: Mapping[str, Text]) -> None:
    """Declare what the codes of a field are called in exports."""
    _CODES[kind, field] = titles


@dataclass(frozen=True)
class ExportSection:
    """One kind of rows of an export.

    Attributes:
        title: what the kind is called.
        fields: what its fields are called.
        rows: the values in the order of the fields.
    """

    title: Text
    fields: list[Text]
    rows: list[list[Any]]


def sections_of(data: Mapping[str, Mapping[str, list[Mapping[str, Any]]]]) -> list[ExportSection]:
    """Return the kinds of rows of an export for a page.

    Args:
        data: rows by room and kind, as `people.exports` gathers them.
    """
    return [
        ExportSection(
            KINDS.get(kind, kind),
            [FIELDS.get(name, name.replace("_", " ")) for name in rows[0]],
            [[_written(kind, *item) for item in row.items()] for row in rows],
        )
        for kinds in data.values()
        for kind, rows in kinds.items()
        if rows
    ]


def readable(name: str, site: str, data: Mapping[str, Mapping[str, Any]]) -> str:
    """Return an export as an HTML page of tables, in the active language.

    Args:
        name: the person's.
        site: the site's name.
        data: see `sections_of`.
    """
    context = {
        "name": name,
        "site_name": site,
        "sections": sections_of(data),
        "at": clock.now(),
        "language": get_language(),
    }
    return render_to_string("ui/person_data.html", context)


def _written(kind: str, name: str, value: Any) -> Any:
    """Return a value as people read it: a code's title, an instant in the site's time."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and value in _CODES.get((kind, name), {}):
        return _CODES[kind, name][value]
    if not (isinstance(value, str) and _INSTANT.match(value)):
        return value
    return f"{timezone.localtime(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
