"""Readings put right: corrected by another one, withdrawn, or reviewed. None is written over."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, validation
from core.errors import Rejection
from core.models import User
from core.photos import stored
from metering.models import MeterReading
from metering.plausibility import Claim, around, in_force, joins, outside
from metering.services.common import (
    PHOTOS,
    check_believable,
    check_register,
    locked_reading,
    log,
    settle,
    write_down,
)

_STATE = MeterReading.State


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
    """Put another reading of the same time in the place of one that counts.

    The one before keeps its number and its photo, and counts no more.

    Raises:
        ImplausibleReading: as `enter_reading`.
        Rejection: it does not count, or the digits, the photo or the reason are wrong.
    """
    reading = locked_reading(reading)
    meter = reading.meter
    _check_counts(reading)
    validation.require_reason(reason)
    check_register(meter, register)
    claim = Claim(register, reading.at, rolled_over, accept_high)
    check_believable(meter, claim, around(meter, reading.at, without=reading))
    _close(reading, _STATE.CORRECTED, actor, reason)
    with stored(photo, reading.at, PHOTOS) as name:
        more = {"photo": name, "note": reason.strip()}
        corrected = write_down(meter, actor, claim, stage=reading.stage, corrects=reading, **more)
        settle(meter)
        log(
            meter.site,
            actor,
            "correct reading",
            ("meter", meter.pk),
            reading=reading.pk,
            before=reading.shown,
            after=corrected.shown,
            reason=reason,
        )
    return corrected


@transaction.atomic
def withdraw_reading(
    reading: MeterReading, actor: User, reason: str, *, rolled_over: bool = False
) -> MeterReading:
    """Have a reading that belongs to another meter, or another time, count no more.

    Raises:
        ImplausibleReading: without it the register would go down between its neighbours.
        Rejection: it does not count, it is the one of an installation or a removal, or no reason is
            given.
    """
    reading = locked_reading(reading)
    meter = reading.meter
    _check_counts(reading)
    if reading.stage:
        raise Rejection(
            "reason",
            "boundary_reading",
            _("a meter has a reading at its installation and at its removal"),
            _("correct it instead"),
        )
    validation.require_reason(reason)
    near = around(meter, reading.at)
    if near.before is not None and near.after is not None:
        doubt = joins(meter, near.before, near.after, rolled_over=rolled_over)
        if doubt is not None:
            raise doubt
    _close(reading, _STATE.WITHDRAWN, actor, reason)
    settle(meter)
    _log(reading, actor, "withdraw reading", reason)
    return reading


@transaction.atomic
def review_reading(
    reading: MeterReading, actor: User, *, accept: bool, reason: str, rolled_over: bool = False
) -> MeterReading:
    """Let a device's doubtful reading count, or reject it; later ones that fit then count too.

    Raises:
        ImplausibleReading: it is lower than before, or does not lie between its neighbours.
        Rejection: it was reviewed already, or no reason is given.
    """
    reading = locked_reading(reading)
    meter = reading.meter
    if reading.state != _STATE.REVIEW:
        raise Rejection(
            "accept",
            "not_in_review",
            _("this reading waits for no review"),
            _("look at the meter's page again"),
        )
    validation.require_reason(reason)
    if accept:
        _check_acceptable(reading, rolled_over=rolled_over)
        reading.rolled_over = rolled_over
    _close(reading, _STATE.IN_FORCE if accept else _STATE.REJECTED, actor, reason)
    settle(meter)
    _log(reading, actor, "accept reading" if accept else "reject reading", reason)
    return reading


def _check_acceptable(reading: MeterReading, *, rolled_over: bool) -> None:
    meter = reading.meter
    if reading.register is None:
        raise outside(meter)
    if in_force(meter).filter(at=reading.at).exists():
        raise Rejection(
            "accept",
            "already_exists",
            _("there is a reading of that time already"),
            _("reject this one"),
        )
    claim = Claim(reading.register, reading.at, rolled_over, accept_high=True)
    check_believable(meter, claim, around(meter, reading.at))


def _check_counts(reading: MeterReading) -> None:
    if not reading.counts:
        raise Rejection(
            "register",
            "reading_void",
            _("this reading counts no more"),
            _("look at the meter's page again"),
        )


def _close(reading: MeterReading, state: MeterReading.State, actor: User, reason: str) -> None:
    reading.state = state
    reading.closed_by, reading.closed_at, reading.reason = actor, clock.now(), reason.strip()
    reading.save(update_fields=["state", "rolled_over", "closed_by", "closed_at", "reason"])


def _log(reading: MeterReading, actor: User, action: str, reason: str) -> None:
    log(
        reading.meter.site,
        actor,
        action,
        ("meter", reading.meter_id),
        reading=reading.pk,
        register=reading.shown,
        reason=reason,
    )
