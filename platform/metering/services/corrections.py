"""Corrections, withdrawals and reviews of readings; no reading is overwritten."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, validation
from core.errors import Rejection
from core.models import User
from core.photos import sanitises_photo, stored
from metering.models import MeterReading
from metering.plausibility import (
    ProposedReading,
    find_gap_problem,
    in_force,
    neighbours_of,
    out_of_range,
)
from metering.services.common import (
    PHOTOS,
    accept_waiting,
    check_plausible,
    check_register,
    create_reading,
    lock_reading,
    record_change,
)

_STATE = MeterReading.State


@sanitises_photo
@transaction.atomic
def correct_reading(
    reading: MeterReading,
    actor: User,
    *,
    register: Decimal,
    reason: str,
    photo: bytes | None = None,
    rolled_over: bool = False,
    accept_high: bool = False,
) -> MeterReading:
    """Replace a reading in force by another one of the same time.

    The former reading keeps its value and photo, and is no longer in force.

    Raises:
        ImplausibleReading: as `enter_reading`.
        Rejection: it is not in force, or the digits, the photo or the reason are invalid.
    """
    reading = lock_reading(reading)
    meter = reading.meter
    _check_in_force(reading)
    validation.require_reason(reason)
    check_register(meter, register)
    proposed = ProposedReading(register, reading.at, rolled_over, accept_high)
    check_plausible(meter, proposed, neighbours_of(meter, reading.at, without=reading))
    return _replace(reading, actor, proposed, reason, photo)


@transaction.atomic
def withdraw_reading(
    reading: MeterReading, actor: User, reason: str, *, rolled_over: bool = False
) -> MeterReading:
    """Withdraw a reading, for example one of another meter or of another time.

    Raises:
        ImplausibleReading: without it the register would decrease between its neighbours.
        Rejection: it is not in force, belongs to an installation or a removal, or no reason is
            given.
    """
    reading = lock_reading(reading)
    meter = reading.meter
    _check_in_force(reading)
    if reading.stage:
        raise Rejection(
            "reason",
            "boundary_reading",
            _("a meter must have a reading at installation and at removal"),
            _("correct it instead"),
        )
    validation.require_reason(reason)
    near = neighbours_of(meter, reading.at)
    if near.before is not None and near.after is not None:
        problem = find_gap_problem(meter, near.before, near.after, rolled_over=rolled_over)
        if problem is not None:
            raise problem
    _close(reading, _STATE.WITHDRAWN, actor, reason)
    accept_waiting(meter)
    _record_change(reading, actor, "withdraw reading", reason)
    return reading


@transaction.atomic
def review_reading(
    reading: MeterReading, actor: User, *, accept: bool, reason: str, rolled_over: bool = False
) -> MeterReading:
    """Accept or reject a device's implausible reading; later ones may become plausible by it.

    Raises:
        ImplausibleReading: it is lower than before, or does not lie between its neighbours.
        Rejection: it was reviewed already, or no reason is given.
    """
    reading = lock_reading(reading)
    meter = reading.meter
    if reading.state != _STATE.REVIEW:
        raise Rejection(
            "accept",
            "not_in_review",
            _("this reading is not waiting for review"),
            _("reload the meter's page"),
        )
    validation.require_reason(reason)
    if accept:
        _check_acceptable(reading, rolled_over=rolled_over)
        reading.rolled_over = rolled_over
    _close(reading, _STATE.IN_FORCE if accept else _STATE.REJECTED, actor, reason)
    accept_waiting(meter)
    _record_change(reading, actor, "accept reading" if accept else "reject reading", reason)
    return reading


def _replace(
    reading: MeterReading, actor: User, proposed: ProposedReading, reason: str, photo: bytes | None
) -> MeterReading:
    meter, note = reading.meter, reason.strip()
    _close(reading, _STATE.CORRECTED, actor, reason)
    with stored(photo, reading.at, PHOTOS) as name:
        references = {"stage": reading.stage, "corrects": reading}
        corrected = create_reading(meter, actor, proposed, photo=name, note=note, **references)
        accept_waiting(meter)
        values = {"before": reading.shown, "after": corrected.shown}
        record_change(meter, actor, "correct reading", reading=reading.pk, reason=reason, **values)
    return corrected


def _check_acceptable(reading: MeterReading, *, rolled_over: bool) -> None:
    meter = reading.meter
    if reading.register is None:
        raise out_of_range(meter)
    if in_force(meter).filter(at=reading.at).exists():
        raise Rejection(
            "accept",
            "already_exists",
            _("there is already a reading at that time"),
            _("reject this one"),
        )
    proposed = ProposedReading(reading.register, reading.at, rolled_over, accept_high=True)
    check_plausible(meter, proposed, neighbours_of(meter, reading.at))


def _check_in_force(reading: MeterReading) -> None:
    if not reading.counts:
        raise Rejection(
            "register",
            "reading_void",
            _("this reading is no longer valid"),
            _("reload the meter's page"),
        )


def _close(reading: MeterReading, state: MeterReading.State, actor: User, reason: str) -> None:
    reading.state = state
    reading.closed_by, reading.closed_at, reading.reason = actor, clock.now(), reason.strip()
    reading.save(update_fields=["state", "rolled_over", "closed_by", "closed_at", "reason"])


def _record_change(reading: MeterReading, actor: User, action: str, reason: str) -> None:
    record_change(
        reading.meter, actor, action, reading=reading.pk, register=reading.shown, reason=reason
    )
