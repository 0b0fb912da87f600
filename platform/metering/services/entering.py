"""Readings as they come: from a person who stood before the meter, or from a device."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import live, validation
from core.errors import Rejection
from core.models import User
from core.photos import stored
from devices.telemetry.registers import Sample
from metering.models import Meter, MeterReading
from metering.plausibility import Claim, around, in_force
from metering.services.common import (
    PHOTOS,
    believed,
    check_believable,
    check_register,
    check_time,
    locked,
    log,
    settle,
    write_down,
)


@transaction.atomic
def enter_reading(
    meter: Meter,
    actor: User,
    *,
    register: Decimal,
    at: datetime,
    photo: bytes | None = None,
    note: str = "",
    estimated: bool = False,
    rolled_over: bool = False,
    accept_high: bool = False,
) -> MeterReading:
    """Enter what a person read, or what somebody estimates; the caller checked that they may.

    Args:
        register: what the register shows, before the multiplier.
        at: when it was read.
        photo: a JPEG or PNG; without one a note has to say why there is none.
        estimated: nobody read it; the next true reading puts it right.
        rolled_over: the register has begun again at zero since the reading before.
        accept_high: so much was really used; the note says why.

    Raises:
        ImplausibleReading: the register is lower than before, is not between its neighbours, or
            more would have been used than is likely; ``tick`` names what would let it pass.
        Rejection: the digits, the time, the photo or the note are wrong.
    """
    meter = locked(meter)
    check_register(meter, register)
    check_time(meter, at)
    claim = Claim(register, at, rolled_over, accept_high)
    check_believable(meter, claim, around(meter, at))
    _check_evidence(photo, note, needed=accept_high)
    source = MeterReading.Source.ESTIMATE if estimated else MeterReading.Source.HAND
    with stored(photo, at, PHOTOS) as name:
        note = note.strip()
        reading = write_down(meter, actor, claim, source=source, photo=name, note=note)
        settle(meter)
        log(
            meter.site,
            actor,
            "enter reading",
            ("meter", meter.pk),
            reading=reading.pk,
            register=reading.shown,
            rolled_over=rolled_over,
            accept_high=accept_high,
        )
    return reading


@transaction.atomic
def take_reading(meter: Meter, sample: Sample, day: date) -> MeterReading | None:
    """Take a device's reading for a day of the site; None where that day has one already.

    The number is times the meter's weight, plus its base, and rounded to the register's decimals.
    What cannot be believed is kept, and counts only once a person has accepted it.
    """
    meter = locked(meter)
    if MeterReading.objects.filter(meter=meter, day=day).exists():
        return None
    if in_force(meter).filter(at=sample.at).exists():  # somebody read it at this very instant
        return None
    finer = Decimal(repr(sample.value)) * meter.weight + meter.base
    reading = MeterReading(
        meter=meter,
        at=sample.at,
        entered_at=sample.received_at,
        register=meter.dial.nearest(finer),
        told=sample.value,
        day=day,
        source=MeterReading.Source.DEVICE,
    )
    well = believed(meter, reading)
    reading.state = MeterReading.State.IN_FORCE if well else MeterReading.State.REVIEW
    reading.save()
    live.announce(meter.site_id, "meter")
    return reading


def _check_evidence(photo: bytes | None, note: str, *, needed: bool) -> None:
    if needed:
        validation.require_reason(note)
    if not photo and not note.strip():
        raise Rejection(
            "photo",
            "missing",
            _("there is no photograph"),
            _("take one of the meter, or write a note that says why there is none"),
        )
