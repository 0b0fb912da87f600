"""Test cars: a person tries a lane without driving through it.

A test car takes the way of every car: a plate read of the lane's camera becomes a passage that the
lane board shows. It is known by its plate (`core.plates.TEST_PLATE`), which no car on the road has.
No rule is applied to it, no stay begins, and its passage ends at once, as of a car that turned
back; statistics leave it out by its plate. The barrier opens only if the person asks for it, as
when a guard opens it for a car.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from access import services
from access.decisions import announce_passage
from access.models import Passage
from access.usages import car_waiting
from core import audit, clock
from core.errors import Rejection
from core.ids import public_id
from core.models import User
from core.plates import TEST_PLATE
from devices import events
from estate.models import Lane


@transaction.atomic
def send_test_car(lane: Lane, actor: User, *, opens_barrier: bool = False) -> Passage:
    """Have the lane's camera report a test car.

    Args:
        opens_barrier: open the real barrier for it; its passage ends with the next movement.

    Raises:
        Rejection: the lane has no camera or has ended, or a car is waiting in it.
    """
    lane = Lane.objects.select_for_update(of=("self",)).select_related("gate").get(pk=lane.pk)
    _require_ready(lane)
    audit.record(lane.gate.site, actor, "send test car", ("lane", lane.pk), opens=opens_barrier)
    passage = services.record_plate_seen(_read(lane), is_test=True)
    assert passage is not None  # noqa: S101 — the lane has a camera
    if opens_barrier:
        passage.state = Passage.State.HELD
        passage.save(update_fields=["state"])
        services.lift_barrier(passage, actor, _("Test car"))
    else:
        passage.state, passage.ended_at = Passage.State.TURNED_BACK, passage.seen_at
        passage.save(update_fields=["state", "ended_at"])
        announce_passage(passage)
    return passage


def _require_ready(lane: Lane) -> None:
    if lane.ended_at is not None:
        raise Rejection("lane", "has_ended", _("this lane has ended"), _("choose another lane"))
    if lane.camera_id is None:
        raise Rejection(
            "lane", "no_camera", _("this lane has no camera"), _("assign a camera to it first")
        )
    if car_waiting(lane) is not None:
        raise Rejection(
            "lane",
            "in_use",
            _("a car is waiting in this lane"),
            _("let it through or refuse it first"),
        )


def _read(lane: Lane) -> events.PlateSeen:
    now = clock.now()
    return events.PlateSeen(
        device_id=lane.camera_id or 0,
        site_id=lane.gate.site_id,
        key=f"test-{public_id()}",
        at=now,
        received_at=now,
        raw_text=TEST_PLATE,
        confidence=1.0,
    )
