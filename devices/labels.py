"""Descriptions of devices' events and names of their alarms, in the reader's language.

A plate is shown only to readers who may see whose car it was; a face or a card never is.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.models import DeviceEvent

Detail = Mapping[str, Any]
_MOVEMENTS = {
    "passed": gettext_lazy("Vehicle passed"),
    "turned_back": gettext_lazy("Vehicle turned back"),
    "tailgating": gettext_lazy("Tailgating detected"),
    "lingering": gettext_lazy("Vehicle waiting in the lane"),
    "person_lingering": gettext_lazy("Person waiting in the lane"),
}
_DOORS = {
    "opened": gettext_lazy("Door %(door)s was opened"),
    "closed": gettext_lazy("Door %(door)s was closed"),
    "locked": gettext_lazy("Door %(door)s was locked"),
    "unlocked": gettext_lazy("Door %(door)s was unlocked"),
    "forced": gettext_lazy("Door %(door)s was forced open"),
    "held": gettext_lazy("Door %(door)s is held open"),
}
_ARM = {
    "opened": gettext_lazy("Barrier arm opened"),
    "closed": gettext_lazy("Barrier arm closed"),
    "forced": gettext_lazy("Barrier arm lifted by hand"),
    "hit": gettext_lazy("Barrier arm hit"),
}
ALARM_LABELS = {
    "battery_low": gettext_lazy("battery low"),
    "fault": gettext_lazy("fault"),
    "fire_release": gettext_lazy("fire release"),
    "gas": gettext_lazy("gas"),
    "leak": gettext_lazy("leak"),
    "overheat": gettext_lazy("overheating"),
    "power_lost": gettext_lazy("mains power lost"),
    "reverse_flow": gettext_lazy("reverse flow"),
    "smoke": gettext_lazy("smoke"),
    "sos": gettext_lazy("SOS"),
    "tamper": gettext_lazy("tampering"),
    "water": gettext_lazy("flood"),
}
# Alarms that we raise about a device, and that no device reports.
OUR_ALARM_LABELS = {"flood": gettext_lazy("too many messages")}
_MEANS = {
    "card": gettext_lazy("A card"),
    "face": gettext_lazy("A face"),
    "qr": gettext_lazy("A code"),
    "pin": gettext_lazy("A PIN"),
    "phone": gettext_lazy("A phone"),
    "button": gettext_lazy("The button"),
    "remote": gettext_lazy("A command"),
}


def describe_event(event: DeviceEvent, sees_cars: bool) -> str:
    """Describe an event in a sentence; empty once its details are past their retention.

    Args:
        sees_cars: whether the reader may see plates.
    """
    if not event.detail:
        return ""
    describe = _DESCRIPTIONS.get(event.type)
    return describe(event.detail, sees_cars) if describe else ""


def _plate(detail: Detail, sees_cars: bool) -> str:
    text = detail.get("raw_text") or ""
    if not text:
        return _("Vehicle seen, no plate read")
    facts = {"plate": text, "sure": int(float(detail.get("confidence") or 0) * 100)}
    if not sees_cars:
        return _("Vehicle seen, plate read (%(sure)s %% confidence)") % facts
    return _("Read %(plate)s (%(sure)s %% confidence)") % facts


def _movement(detail: Detail, _sees_cars: bool) -> str:
    return str(_MOVEMENTS.get(detail.get("movement", ""), ""))


def _bay(detail: Detail, _sees_cars: bool) -> str:
    return _("The bay is occupied") if detail.get("occupied") else _("Bay free")


def _photo(detail: Detail, _sees_cars: bool) -> str:
    size = int(detail.get("image") or 0)
    return _("Photo, %(size)s KiB") % {"size": size // 1024} if size else _("Photo")


def _state(detail: Detail, _sees_cars: bool) -> str:
    parts = [_("Device online") if detail.get("online") else _("Device offline")]
    parts += [str(detail[name]) for name in ("model", "firmware") if detail.get(name)]
    return " · ".join(parts)


def _answer(detail: Detail, _sees_cars: bool) -> str:
    if detail.get("ok"):
        return _("Command executed")
    return _("Command rejected: %(error)s") % {"error": detail.get("error") or "–"}


def _credential(detail: Detail, _sees_cars: bool) -> str:
    facts = {"means": _MEANS.get(detail.get("means", ""), "?"), "door": detail.get("door", 1)}
    if detail.get("granted"):
        return _("%(means)s opened door %(door)s") % facts
    reason = detail.get("reason")
    refused = _("%(means)s was rejected at door %(door)s") % facts
    return f"{refused}: {reason}" if reason else refused


def _ask(detail: Detail, _sees_cars: bool) -> str:
    facts = {"means": _MEANS.get(detail.get("means", ""), "?"), "door": detail.get("door", 1)}
    return _("%(means)s was shown at door %(door)s") % facts


def _door(detail: Detail, _sees_cars: bool) -> str:
    text = str(_DOORS.get(detail.get("change", ""), ""))
    return text % {"door": detail.get("door", 1)} if text else ""


def _barrier(detail: Detail, _sees_cars: bool) -> str:
    return str(_ARM.get(detail.get("change", ""), ""))


def _alarm(detail: Detail, _sees_cars: bool) -> str:
    alarms = detail.get("alarms") or {}
    raised = [alarm_label(alarm) for alarm, active in alarms.items() if active]
    over = [alarm_label(alarm) for alarm, active in alarms.items() if not active]
    parts = [_("Alarm: %(alarms)s") % {"alarms": ", ".join(raised)}] if raised else []
    parts += [_("Alarm cleared: %(alarms)s") % {"alarms": ", ".join(over)}] if over else []
    return " · ".join(parts)


def alarm_label(alarm: str) -> str:
    """Return the name of an alarm of `devices.events.ALARMS`."""
    return str((ALARM_LABELS | OUR_ALARM_LABELS).get(alarm, alarm))


def _note(detail: Detail, _sees_cars: bool) -> str:
    return str(detail.get("what", ""))


_DESCRIPTIONS: dict[str, Callable[[Detail, bool], str]] = {
    "plate": _plate,
    "movement": _movement,
    "bay": _bay,
    "photo": _photo,
    "state": _state,
    "answer": _answer,
    "credential": _credential,
    "ask": _ask,
    "door": _door,
    "barrier": _barrier,
    "alarm": _alarm,
    "note": _note,
}
