"""The car that waits in a lane."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from access.matching import MAX_TIME_AT_LANE
from access.models import Passage
from core import clock
from estate.models import Lane, Place
from estate.ports import Usage, UsedBy

_WAITING = (
    Passage.State.READING,
    Passage.State.HELD,
    Passage.State.UNPAID,
    Passage.State.OPENING,
    Passage.State.UNANSWERED,
)


def of_place(place: Place) -> Iterator[Usage]:
    """Yield the car in a lane, which leaves before the lane ends."""
    if not isinstance(place, Lane):
        return
    waiting = car_waiting(place)
    if waiting is not None:
        row = UsedBy("passage", waiting.pk, waiting.plate or _("no plate"))
        yield Usage(_("a car is waiting in this lane"), blocks=True, rows=(row,))


def car_waiting(lane: Lane) -> Passage | None:
    """Return the lane's latest passage if its car may be standing there still."""
    since = clock.now() - MAX_TIME_AT_LANE
    latest = Passage.objects.filter(lane=lane, seen_at__gte=since).order_by("-at", "-pk").first()
    if latest is None or latest.ended_at is not None or latest.state not in _WAITING:
        return None
    return latest
