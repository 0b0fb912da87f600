"""Notifications about dispositions: identifiers, and what a body holds."""

import json
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Rejection
from incidents.feeds.formats import DeliveryContext
from incidents.models import Disposition, FeedMessage
from integrations.police.viid.client import CONTENT_TYPE, encode, local_time
from integrations.police.viid.options import Options, identifiers_of

_SEQUENCES = 100_000
_TIME_AND_SEQUENCE = 19
# Not read at the lane: "other" of the standard's lists of plate classes and colours.
_OTHER = "99"


def identifier(options: Options, at: str, sequence: int) -> str:
    """Return an identifier of 33 digits: organisation 12, type 2, time 14, sequence 5.

    Args:
        at: as `local_time` writes it.
    """
    return f"{options.org_code}{options.notification_type}{at}{sequence % _SEQUENCES:05}"


class NotificationFormat:
    """The body of an alarm: one hit of one plate, after its review."""

    def build(self, context: DeliveryContext) -> tuple[str, bytes]:
        """Return the notification list with one notification.

        Raises:
            Rejection: the incident is no hit of a plate; GA/T 1400 has no notification without an
                object that was seen.
        """
        told = context.message.content
        if not told.get("plate"):
            raise Rejection(
                "incident",
                "no_plate",
                _("GA/T 1400 carries hits of the watch-list only"),
                _("limit the feed to watch-listed plates"),
            )
        return CONTENT_TYPE, encode(notification_list(context))


def notification_list(context: DeliveryContext) -> dict[str, object]:
    """Return the body's object, wrapped as the standard writes it.

    Where the endpoint's identifiers are missing, those of the body begin with their times;
    `completed` puts the missing digits before them.
    """
    options, message = identifiers_of(context.endpoint), context.message
    zone = context.endpoint.site.timezone
    told = message.content
    seen = local_time(datetime.fromisoformat(told["last_at"]), zone)
    number = identifier(options, local_time(message.created_at, zone), context.seq)
    vehicle = f"{options.tollgate_id}{seen}{context.seq % _SEQUENCES:05}"
    notification = {
        "NotificationID": number,
        "DispositionID": _disposition_number(message),
        "Title": _title(context),
        "TriggerTime": seen,
        "CntObjectID": vehicle,
        "MotorVehicleObject": {
            "MotorVehicleID": vehicle,
            "TollgateID": options.tollgate_id,
            "PlateClass": _OTHER,
            "PlateColor": _OTHER,
            "PlateNo": told["plate"],
            "PassTime": seen,
            "LaneNo": 1,
            "StorageUrl1": context.links.get("evidence", ""),
        },
    }
    objects = {"DispositionNotificationObject": [notification]}
    return {"DispositionNotificationListObject": objects}


def completed(body: bytes, options: Options) -> bytes:
    """Return a body with the identifiers that were missing when it was made; others as they are.

    Raises:
        ValueError: it is no notification.
    """
    if not body:
        return body
    value = json.loads(body)
    (notification,) = value["DispositionNotificationListObject"]["DispositionNotificationObject"]
    if len(notification["NotificationID"]) != _TIME_AND_SEQUENCE:
        return body
    prefix = options.org_code + options.notification_type
    notification["NotificationID"] = prefix + notification["NotificationID"]
    vehicle = options.tollgate_id + notification["CntObjectID"]
    notification["CntObjectID"] = notification["MotorVehicleObject"]["MotorVehicleID"] = vehicle
    notification["MotorVehicleObject"]["TollgateID"] = options.tollgate_id
    return encode(value)


def disposition_of(message: FeedMessage) -> Disposition | None:
    """Return the disposition that the hit is of; None for an entry made here."""
    entry = message.incident.watch_entry if message.incident else None
    while entry is not None:
        if entry.disposition is not None:
            return entry.disposition
        entry = entry.renews
    return None


def _disposition_number(message: FeedMessage) -> str:
    disposition = disposition_of(message)
    return disposition.number if disposition else ""


def _title(context: DeliveryContext) -> str:
    """Return the type and the exercise mark, which the standard has no field for, and the place."""
    told = context.message.content
    parts = [str(FeedMessage.Type(context.type).label).upper()]
    if context.message.exercise:
        parts.insert(0, "EXERCISE 演练")
    return " ".join([*parts, told["site"], told["place"]]).strip()[:128]
