"""What a device said, in a sentence; whose car or face it was is left to those who may know."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.models import DeviceEvent

Detail = Mapping[str, Any]
_MOVEMENTS = {
    "passed": gettext_lazy("A car passed the lane"),
    "turned_back": gettext_lazy("A car turned back"),
    "tailgating": gettext_lazy("A car followed another one through"),
    "lingering": gettext_lazy("A car lingers in the lane"),
    "person_lingering": gettext_lazy("A person lingers in the lane"),
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
    "opened": gettext_lazy("The arm was opened"),
    "closed": gettext_lazy("The arm was closed"),
    "forced": gettext_lazy("The arm was lifted by hand"),
    "hit": gettext_lazy("The arm was hit"),
}
_ALARMS = {
    "battery_low": gettext_lazy("battery low"),
    "fault": gettext_lazy("fault"),
    "gas": gettext_lazy("gas"),
    "leak": gettext_lazy("leak"),
    "overheat": gettext_lazy("too hot"),
    "power_lost": gettext_lazy("no mains power"),
    "reverse_flow": gettext_lazy("reverse flow"),
    "smoke": gettext_lazy("smoke"),
    "tamper": gettext_lazy("tampering"),
    "water": gettext_lazy("water on the floor"),
}
_MEANS = {
    "card": gettext_lazy("A card"),
    "face": gettext_lazy("A face"),
    "qr": gettext_lazy("A code"),
    "pin": gettext_lazy("A PIN"),
    "button": gettext_lazy("The button"),
    "remote": gettext_lazy("A command"),
}


def told(event: DeviceEvent, sees_cars: bool) -> str:
    """Return what the message said, in the page's language.

    Args:
        sees_cars: whether the reader may know whose car it was.
    """
    if not event.detail:
        return ""  # past its time of keeping
    say = _SAY.get(event.type)
    return say(event.detail, sees_cars) if say else ""


def _plate(detail: Detail, sees_cars: bool) -> str:
    text = detail.get("raw_text") or ""
    if not text:
        return _("It saw a car and read no plate")
    facts = {"plate": text, "sure": int(float(detail.get("confidence") or 0) * 100)}
    if not sees_cars:
        return _("It saw a car and read its plate (%(sure)s %% sure)") % facts
    return _("It read %(plate)s (%(sure)s %% sure)") % facts


def _movement(detail: Detail, _sees_cars: bool) -> str:
    return str(_MOVEMENTS.get(detail.get("movement", ""), ""))


def _bay(detail: Detail, _sees_cars: bool) -> str:
    return _("The bay is occupied") if detail.get("occupied") else _("The bay is free")


def _photo(detail: Detail, _sees_cars: bool) -> str:
    size = int(detail.get("image") or 0)
    return _("A picture of %(size)s KiB") % {"size": size // 1024} if size else _("A picture")


def _state(detail: Detail, _sees_cars: bool) -> str:
    parts = [_("It is online") if detail.get("online") else _("It is offline")]
    parts += [str(detail[name]) for name in ("model", "firmware") if detail.get(name)]
    return " · ".join(parts)


def _answer(detail: Detail, _sees_cars: bool) -> str:
    if detail.get("ok"):
        return _("It did what it was told")
    return _("It refused a command: %(error)s") % {"error": detail.get("error") or "–"}


def _credential(detail: Detail, _sees_cars: bool) -> str:
    facts = {"means": _MEANS.get(detail.get("means", ""), "?"), "door": detail.get("door", 1)}
    if detail.get("granted"):
        return _("%(means)s opened door %(door)s") % facts
    reason = detail.get("reason")
    said = _("%(means)s was refused at door %(door)s") % facts
    return f"{said}: {reason}" if reason else said


def _door(detail: Detail, _sees_cars: bool) -> str:
    text = str(_DOORS.get(detail.get("change", ""), ""))
    return text % {"door": detail.get("door", 1)} if text else ""


def _barrier(detail: Detail, _sees_cars: bool) -> str:
    return str(_ARM.get(detail.get("change", ""), ""))


def _alarm(detail: Detail, _sees_cars: bool) -> str:
    alarms = detail.get("alarms") or {}
    raised = [alarm_word(what) for what, active in alarms.items() if active]
    over = [alarm_word(what) for what, active in alarms.items() if not active]
    said = [_("Alarm: %(alarms)s") % {"alarms": ", ".join(raised)}] if raised else []
    said += [_("Alarm is over: %(alarms)s") % {"alarms": ", ".join(over)}] if over else []
    return " · ".join(said)


def alarm_word(what: str) -> str:
    """Return what an alarm of `devices.events.ALARMS` is called, in the page's language."""
    return str(_ALARMS.get(what, what))


def _note(detail: Detail, _sees_cars: bool) -> str:
    return str(detail.get("what", ""))


_SAY: dict[str, Callable[[Detail, bool], str]] = {
    "plate": _plate,
    "movement": _movement,
    "bay": _bay,
    "photo": _photo,
    "state": _state,
    "answer": _answer,
    "credential": _credential,
    "door": _door,
    "barrier": _barrier,
    "alarm": _alarm,
    "note": _note,
}
