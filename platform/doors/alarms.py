"""What calls for somebody at a door: held open, refused again and again, its device offline.

Each raises an incident by itself, and is a signal that alarm rules may watch, so that a site can
add what it needs: another severity, a number of times, hours of the day.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from core import jobs
from doors.incident_kinds import DURESS, HELD, REFUSALS
from doors.models import DoorPassage
from estate.models import DoorDevice
from incidents import own_kinds, services
from incidents.alarms import signals
from incidents.alarms.observables import DEVICE, Observable, Text, register
from incidents.models import Occurrence
from incidents.rules.model import Signal
from incidents.severities import Severity

KIND = "door_alarm"
FORCED, HELD_OPEN, REFUSED, CALLED_FOR_HELP, OFFLINE = (
    "forced",
    "held",
    "refusals",
    "duress",
    "offline",
)
CHOICES: dict[str, Text] = {
    FORCED: _("Door forced open"),
    HELD_OPEN: _("Door held open"),
    REFUSED: _("Refused again and again at a door"),
    CALLED_FOR_HELP: _("Entry under duress"),
    OFFLINE: _("Door device offline"),
}
#: So many refusals at a door within `REFUSAL_TIME` raise an incident.
MOST_REFUSALS = 5
REFUSAL_TIME = timedelta(minutes=1)
# The incidents whose occurrences are these signals.
_KINDS = {
    own_kinds.DOOR_FORCED: FORCED,
    HELD: HELD_OPEN,
    REFUSALS: REFUSED,
    DURESS: CALLED_FOR_HELP,
    own_kinds.DOOR_OFFLINE: OFFLINE,
}


def register_kind() -> None:
    """Declare that rules may watch what calls for somebody at a door."""
    register(Observable(KIND, _("Alarm at a door"), DEVICE, past, "alarm", CHOICES))


def raise_held(served: DoorDevice, at: datetime) -> None:
    """Raise the incident of a door that is held open."""
    door = served.door
    detail = {"device": served.device_id, "door": door.name}
    services.raise_incident(door.site_id, HELD, _held_source(served), Severity.MINOR, at, detail)
    observe(served, HELD_OPEN, at)


def clear_held(served: DoorDevice) -> None:
    """Note that a door that was held open is closed."""
    services.clear(served.door.site_id, HELD, _held_source(served))


def look_at_refusals(passage: DoorPassage) -> None:
    """Count the refusals at a door by a job after the commit, so that the answer doesn't wait."""
    if not passage.granted and passage.door_id is not None and not passage.is_late:
        jobs.enqueue(raise_refusals, passage.pk)


@jobs.job(queue=jobs.FAST)
def raise_refusals(passage_id: int) -> None:
    """Raise the incident of a door that has refused somebody five times within a minute."""
    passage = DoorPassage.objects.select_related("door").filter(pk=passage_id).first()
    if passage is None or passage.door is None:
        return
    lately = DoorPassage.objects.filter(
        door=passage.door, granted=False, is_late=False, at__lte=passage.at
    )
    count = lately.filter(at__gt=passage.at - REFUSAL_TIME).count()
    if count < MOST_REFUSALS:
        return
    DoorPassage.objects.filter(pk=passage.pk).update(evidence=True)
    detail = {"device": passage.device_id, "door": passage.door.name, "door_passage": passage.pk}
    source = f"device:{passage.device_id}:refusals:{passage.door_id}"
    severity = Severity.MODERATE
    services.raise_incident(passage.site_id, REFUSALS, source, severity, passage.at, detail)
    observe_at(passage.site_id, passage.device_id, REFUSED, passage.at)


def observe(served: DoorDevice, alarm: str, at: datetime) -> None:
    """Hand an alarm over to alarm rules."""
    observe_at(served.door.site_id, served.device_id, alarm, at)


def observe_at(site_id: int, device_id: int, alarm: str, at: datetime) -> None:
    """Hand an alarm of a device over to alarm rules."""
    signals.observe(site_id, [_signal(device_id, alarm, at)])


def past(device_id: int, begin: datetime, end: datetime) -> Iterator[Signal]:
    """Yield the alarms of a device in the order of time, by the incidents that they raised."""
    rows = Occurrence.objects.filter(
        incident__kind__in=_KINDS, detail__device=device_id, at__gte=begin, at__lt=end
    )
    for at, kind in rows.order_by("at", "pk").values_list("at", "incident__kind").iterator():
        yield _signal(device_id, _KINDS[kind], at)


def _held_source(served: DoorDevice) -> str:
    return f"device:{served.device_id}:held:{served.number}"


def _signal(device_id: int, alarm: str, at: datetime) -> Signal:
    return Signal(f"{DEVICE}:{device_id}", KIND, at, {"alarm": alarm})
