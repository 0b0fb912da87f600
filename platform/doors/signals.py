"""Decisions at doors as signals of alarm rules: as they are made, and as they are stored."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from doors.models import DoorPassage
from incidents.alarms import signals
from incidents.alarms.observables import DEVICE, Observable, Text, register
from incidents.rules.model import Signal

KIND = "door_decision"
_CHOICES: dict[str, Text] = {
    DoorPassage.Outcome.OPEN: _("Door opened for a person"),
    DoorPassage.Outcome.REFUSE: _("Person refused at a door"),
}


def register_kind() -> None:
    """Declare that rules may watch decisions at doors whose device asks."""
    register(Observable(KIND, _("Decision at a door"), DEVICE, past, "outcome", _CHOICES))


def observe(passage: DoorPassage) -> None:
    """Hand a decision over to alarm rules, which evaluate it after the commit."""
    if passage.device_granted is None and passage.outcome in _CHOICES:
        found = _signal(passage.device_id, passage.at, passage.outcome)
        signals.observe_afterwards(passage.site_id, [found])


def past(device_id: int, begin: datetime, end: datetime) -> Iterator[Signal]:
    """Yield the decisions for a device in the order of time."""
    rows = DoorPassage.objects.filter(
        device=device_id, device_granted=None, outcome__in=_CHOICES, at__gte=begin, at__lt=end
    )
    for at, outcome in rows.order_by("at", "pk").values_list("at", "outcome").iterator():
        yield _signal(device_id, at, outcome)


def _signal(device_id: int, at: datetime, outcome: str) -> Signal:
    return Signal(f"{DEVICE}:{device_id}", KIND, at, {"outcome": str(outcome)})
