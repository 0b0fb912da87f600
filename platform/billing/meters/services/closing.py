"""Readings put right: corrected by another one, withdrawn, or reviewed. None is written over."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from billing.meters.judging import Claim, around, in_force, joins, outside
from billing.meters.models import MeterReading
from billing.meters.photographs import kept
from billing.meters.services.common import (
    check_believable,
    check_register,
    locked_reading,
    log,
    settle,
    write_down,
)
from core import clock, entered
from core.errors import Refusal
from core.models import User

_STATE = MeterReading.State


@transaction.atomic
def correct_reading(
    reading: MeterReading,
    actor: User,
    *,
    register: Decimal,
    reason: str,
    photograph: bytes | None = None,
    rolled_over: bool = False,
    accept_high: bool = False,
) -> MeterReading:
    """Put another reading of the same time in the place of one that counts.

    The one before keeps its number and its photograph, and counts no more.

    Raises:
        Doubtful: as `enter_reading`.
        Refusal: it does not count, or the digits, the photograph or the reason are wrong.
    """
    reading = locked_reading(reading)
    meter = reading.meter
    _check_counts(reading)
    entered.require_reason(reason)
    check_register(meter, register)
    claim = Claim(register, reading.at, rolled_over, accept_high)
    check_believable(meter, claim, around(meter, reading.at, without=reading))
    _close(reading, _STATE.CORRECTED, actor, reason)
    with kept(photograph, reading.at) as name:
        more = {"photograph": name, "note": reason.strip()}
        corrected = write_down(meter, actor, claim, stage=reading.stage, corrects=reading, **more)
        settle(meter)
        log(
            meter.site,
            actor,
            "correct reading",
            f"meter:{meter.pk}",
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
        Doubtful: without it the register would go down between its neighbours.
        Refusal: it does not count, it is the one of an installation or a removal, or no reason is
            given.
    """
    reading = locked_reading(reading)
    meter = reading.meter
    _check_counts(reading)
    if reading.stage:
        raise Refusal(
            "reason",
            _("a meter has a reading at its installation and at its removal"),
            _("correct it instead"),
        )
    entered.require_reason(reason)
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
        Doubtful: it is lower than before, or does not lie between its neighbours.
        Refusal: it was reviewed already, or no reason is given.
    """
    reading = locked_reading(reading)
    meter = reading.meter
    if reading.state != _STATE.REVIEW:
        raise Refusal(
            "accept", _("this reading waits for no review"), _("look at the meter's page again")
        )
    entered.require_reason(reason)
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
        raise Refusal("accept", _("there is a reading of that time already"), _("reject this one"))
    claim = Claim(reading.register, reading.at, rolled_over, accept_high=True)
    check_believable(meter, claim, around(meter, reading.at))


def _check_counts(reading: MeterReading) -> None:
    if not reading.counts:
        raise Refusal(
            "register", _("this reading counts no more"), _("look at the meter's page again")
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
        f"meter:{reading.meter_id}",
        reading=reading.pk,
        register=reading.shown,
        reason=reason,
    )
