"""Decisions about passages as signals of alarm rules: as they are made, and as they are stored."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from access.events import Decided
from access.models import Decision
from incidents.alarms import signals
from incidents.alarms.observables import LANE, Observable, Text, register
from incidents.rules.model import Signal

KIND = "passage"
# A decision follows its passage within this time.
_DECIDED_WITHIN = timedelta(days=1)
_CHOICES: dict[str, Text] = {
    Decision.Outcome.OPEN: _("Barrier opened for a car"),
    Decision.Outcome.HOLD: _("Car waits for the guard"),
    Decision.Outcome.PAY: _("Car waits for payment"),
    Decision.Outcome.REFUSE: _("Car refused"),
}


def register_kind() -> None:
    """Declare that rules may watch passages."""
    register(Observable(KIND, _("Passage"), LANE, past, "outcome", _CHOICES))


def observe(decided: Sequence[Decided]) -> None:
    """Hand decisions over to alarm rules, which evaluate them after the commit."""
    for each in decided:
        if each.decision.outcome in _CHOICES and not each.passage.is_test:
            found = _signal(each.passage.lane_id, each.decision.at, each.decision.outcome)
            signals.observe_afterwards(each.passage.site_id, [found])


def past(lane_id: int, begin: datetime, end: datetime) -> Iterator[Signal]:
    """Yield the decisions about a lane's passages in the order of time."""
    rows = Decision.objects.filter(
        passage__lane=lane_id,
        passage__seen_at__gte=begin - _DECIDED_WITHIN,
        passage__seen_at__lt=end,
        at__gte=begin,
        at__lt=end,
        outcome__in=_CHOICES,
    )
    for at, outcome in rows.order_by("at", "pk").values_list("at", "outcome").iterator():
        yield _signal(lane_id, at, outcome)


def _signal(lane_id: int, at: datetime, outcome: str) -> Signal:
    return Signal(f"{LANE}:{lane_id}", KIND, at, {"outcome": outcome})
