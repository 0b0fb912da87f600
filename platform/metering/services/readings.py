"""New readings, entered by a person or recorded from a device."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import live, validation
from core.errors import Rejection
from core.models import User
from core.photos import sanitises_photo, stored
from devices.telemetry.registers import Sample
from metering import topics
from metering.models import Meter, MeterReading
from metering.plausibility import ProposedReading, in_force, neighbours_of
from metering.services.common import (
    PHOTOS,
    accept_waiting,
    assess,
    check_plausible,
    check_register,
    check_time,
    create_reading,
    lock_meter,
    record_change,
)


@sanitises_photo
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
    """Enter a person's reading or an estimate; the caller checks the permission.

    Args:
        register: the value that the register shows, before the multiplier.
        at: when it was read.
        photo: a JPEG or PNG; without one, a note must give the reason.
        estimated: it was not read; the next actual reading corrects the consumption.
        rolled_over: confirmed: the register rolled over since the reading before.
        accept_high: confirmed: the high consumption is real; the note gives the reason.

    Raises:
        ImplausibleReading: the register is lower than before, does not lie between its neighbours,
            or means an implausible consumption; ``override`` names the confirmation it needs.
        Rejection: the digits, the time, the photo or the note are invalid.
    """
    meter = lock_meter(meter)
    check_register(meter, register)
    check_time(meter, at)
    proposed = ProposedReading(register, at, rolled_over, accept_high)
    check_plausible(meter, proposed, neighbours_of(meter, at))
    _check_evidence(photo, note, needed=accept_high)
    return _store(meter, actor, proposed, photo, note.strip(), estimated=estimated)


@transaction.atomic
def record_device_reading(meter: Meter, sample: Sample, day: date) -> MeterReading | None:
    """Record a device's reading for a day of the site; None if that day already has one.

    The register is the base plus the weight times the device's value, rounded to the register's
    decimals. An implausible reading is stored for review, and is in force once it is accepted.
    """
    meter = lock_meter(meter)
    if MeterReading.objects.filter(meter=meter, day=day).exists():
        return None
    if in_force(meter).filter(at=sample.at).exists():  # a person's reading of this instant
        return None
    register = Decimal(repr(sample.value)) * meter.weight + meter.base
    reading = MeterReading(
        meter=meter,
        at=sample.at,
        entered_at=sample.received_at,
        register=meter.dial.round(register),
        reported=sample.value,
        day=day,
        source=MeterReading.Source.DEVICE,
    )
    plausible = assess(meter, reading)
    reading.state = MeterReading.State.IN_FORCE if plausible else MeterReading.State.REVIEW
    reading.save()
    live.announce(topics.METER, meter.site_id)
    return reading


def _store(
    meter: Meter,
    actor: User,
    proposed: ProposedReading,
    photo: bytes | None,
    note: str,
    *,
    estimated: bool,
) -> MeterReading:
    source = MeterReading.Source.ESTIMATE if estimated else MeterReading.Source.HAND
    with stored(photo, proposed.at, PHOTOS) as name:
        reading = create_reading(meter, actor, proposed, source=source, photo=name, note=note)
        accept_waiting(meter)
        record_change(
            meter,
            actor,
            "enter reading",
            reading=reading.pk,
            register=reading.shown,
            rolled_over=proposed.rolled_over,
            accept_high=proposed.accept_high,
        )
    return reading


def _check_evidence(photo: bytes | None, note: str, *, needed: bool) -> None:
    if needed:
        validation.require_reason(note)
    if not photo and not note.strip():
        raise Rejection(
            "photo",
            "missing",
            _("a photo is required"),
            _("take a photo of the meter, or enter a note why there is none"),
        )
