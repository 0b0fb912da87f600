"""Installation, replacement, removal and correction of meters."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import validation
from core.errors import Rejection
from core.models import Site, User
from core.photos import sanitises_photo, stored
from estate.models import Building, Unit
from metering.models import Measure, Meter, MeterPoint, MeterReading, Utility
from metering.plausibility import ProposedReading, find_problem, in_force, neighbours_of
from metering.register import MAX_DECIMALS, MAX_WHOLE_DIGITS, ONE
from metering.services.common import (
    PHOTOS,
    accept_waiting,
    check_not_ahead,
    check_register,
    create_reading,
    lock_meter,
    record_change,
)
from metering.services.device_links import check_in_use, check_limit, link_device, reject_waiting

_STAGE = MeterReading.Stage
# The field that a rejection names for the last register of a removed meter.
LAST = "last_register"
_ENERGY = frozenset({Measure.KWH, Measure.MWH, Measure.GJ, Measure.MJ})
# The units of measure of each utility.
MEASURES: dict[Utility, frozenset[Measure]] = {
    Utility.ELECTRICITY: frozenset({Measure.KWH, Measure.MWH}),
    Utility.WATER: frozenset({Measure.M3}),
    Utility.HOT_WATER: frozenset({Measure.M3}),
    Utility.GAS: frozenset({Measure.M3, Measure.KWH}),
    Utility.HEAT: _ENERGY,
    Utility.COOLING: _ENERGY,
}


@dataclass(frozen=True)
class Place:
    """What is measured and where: a unit, a building's common part, or the whole site."""

    utility: Utility
    measure: Measure
    building: Building | None = None
    unit: Unit | None = None
    name: str = ""
    most_per_day: Decimal | None = None


@dataclass(frozen=True)
class NewMeter:
    """A meter to install.

    Attributes:
        register: its value at the installation.
        multiplier: consumption per unit of the register, in the unit of measure.
    """

    serial: str
    whole_digits: int
    register: Decimal
    decimals: int = 0
    multiplier: Decimal = ONE


@sanitises_photo
@transaction.atomic
def install_meter(
    site: Site,
    actor: User,
    place: Place,
    new: NewMeter,
    at: datetime,
    *,
    photo: bytes | None = None,
) -> Meter:
    """Install a meter at a new point, with its first reading.

    Raises:
        Rejection: the place belongs to another site, the serial number exists at the site, or the
            unit of measure, the digits, the multiplier, the limit, the time or the photo are
            invalid.
    """
    _check_place(site, place)
    check_not_ahead(at)
    point = MeterPoint.objects.create(
        site=site,
        building=None if place.unit else place.building,
        unit=place.unit,
        name=place.name.strip(),
        utility=place.utility,
        measure=place.measure,
        most_per_day=place.most_per_day,
    )
    meter = _install(point, actor, new, at, photo)
    record_change(meter, actor, "install meter", serial=meter.serial, point=point.pk)
    return meter


@sanitises_photo
@transaction.atomic
def replace_meter(
    meter: Meter,
    actor: User,
    *,
    at: datetime,
    last_register: Decimal,
    new: NewMeter,
    reason: str,
    rolled_over: bool = False,
    accept_high: bool = False,
    keep_device: bool = False,
    photo: bytes | None = None,
) -> Meter:
    """Replace a meter at its point; consumption continues across both.

    Args:
        last_register: of the old meter; ``new.register`` is the first one of the new meter.
        keep_device: connect the old meter's device to the new meter.
        photo: of the old meter's register, a JPEG or PNG.

    Raises:
        ImplausibleReading: the last register is implausible, as in `enter_reading`.
        Rejection: the meter was removed already or has a later reading, or the new meter's data or
            the reason are invalid.
    """
    meter = lock_meter(meter)
    validation.require_reason(reason)
    proposed = ProposedReading(last_register, at, rolled_over, accept_high)
    _remove(meter, actor, proposed, reason, photo)
    following = _install(meter.point, actor, new, at, None)
    if keep_device and meter.device is not None:
        link_device(following, meter.device, meter.metric, meter.weight, meter.base, at)
    last, first = meter.dial.format(last_register), following.dial.format(new.register)
    detail = {"by": following.pk, "last": last, "first": first, "reason": reason}
    record_change(meter, actor, "replace meter", **detail)
    return following


@sanitises_photo
@transaction.atomic
def retire_meter(
    meter: Meter,
    actor: User,
    *,
    at: datetime,
    last_register: Decimal,
    reason: str,
    rolled_over: bool = False,
    accept_high: bool = False,
    photo: bytes | None = None,
) -> Meter:
    """Remove a meter without replacement; its last reading ends the billing of its point.

    Raises:
        ImplausibleReading, Rejection: as `replace_meter`.
    """
    meter = lock_meter(meter)
    validation.require_reason(reason)
    proposed = ProposedReading(last_register, at, rolled_over, accept_high)
    _remove(meter, actor, proposed, reason, photo)
    record_change(
        meter, actor, "retire meter", last=meter.dial.format(last_register), reason=reason
    )
    return meter


@transaction.atomic
def correct_meter(
    meter: Meter,
    actor: User,
    *,
    serial: str,
    whole_digits: int,
    decimals: int,
    multiplier: Decimal,
    reason: str,
) -> Meter:
    """Correct the data on a meter's face that was entered at its installation.

    Another multiplier changes the consumption since then; the audit log has both values.

    Raises:
        Rejection: a reading does not fit the digits, the serial number exists at the site, or the
            digits, the multiplier or the reason are invalid.
    """
    meter = lock_meter(meter)
    validation.require_reason(reason)
    before = _face(meter)
    meter.serial, meter.multiplier = serial.strip(), multiplier
    meter.whole_digits, meter.decimals = whole_digits, decimals
    _check_new(NewMeter(serial, whole_digits, Decimal(0), decimals, multiplier))
    for reading in in_force(meter):
        check_register(meter, reading.value, "whole_digits")
    _save(meter)
    accept_waiting(meter)
    record_change(meter, actor, "correct meter", before=before, after=_face(meter), reason=reason)
    return meter


def _face(meter: Meter) -> dict[str, str | int]:
    return {
        "serial": meter.serial,
        "whole_digits": meter.whole_digits,
        "decimals": meter.decimals,
        "multiplier": f"{meter.multiplier.normalize():f}",
    }


def _install(
    point: MeterPoint, actor: User, new: NewMeter, at: datetime, photo: bytes | None
) -> Meter:
    _check_new(new)
    meter = Meter(
        point=point,
        site=point.site,
        serial=new.serial.strip(),
        whole_digits=new.whole_digits,
        decimals=new.decimals,
        multiplier=new.multiplier,
        installed_at=at,
    )
    check_register(meter, new.register)
    _save(meter)
    with stored(photo, at, PHOTOS) as name:
        proposed = ProposedReading(new.register, at)
        create_reading(meter, actor, proposed, stage=_STAGE.INSTALLED, photo=name)
    return meter


def _save(meter: Meter) -> None:
    try:
        with transaction.atomic():
            meter.save()
    except IntegrityError as error:
        raise Rejection(
            "serial",
            "already_used",
            _("a meter with this serial number is already installed at the site"),
            _("add what distinguishes the two, such as the maker or the register's name"),
        ) from error


def _remove(
    meter: Meter, actor: User, proposed: ProposedReading, reason: str, photo: bytes | None
) -> None:
    check_in_use(meter)
    check_not_ahead(proposed.at)
    if in_force(meter).filter(at__gte=proposed.at).exists():
        raise Rejection(
            "at",
            "not_after_last_reading",
            _("the meter was read at that time or later"),
            _("choose a time after its last reading"),
        )
    check_register(meter, proposed.register, LAST)
    problem = find_problem(meter, proposed, neighbours_of(meter, proposed.at))
    if problem is not None:
        raise replace(problem, field=LAST) if problem.field == "register" else problem
    with stored(photo, proposed.at, PHOTOS) as name:
        note = reason.strip()
        create_reading(meter, actor, proposed, stage=_STAGE.REMOVED, photo=name, note=note)
    meter.removed_at = proposed.at
    meter.save(update_fields=["removed_at"])
    accept_waiting(meter)
    reject_waiting(meter, actor, _("the meter was removed"), since=proposed.at)


def _check_place(site: Site, place: Place) -> None:
    if place.measure not in MEASURES[place.utility]:
        raise Rejection(
            "measure",
            "unit_mismatch",
            _("%(utility)s is not measured in %(measure)s")
            % {"utility": place.utility.label, "measure": place.measure.label},
            _("choose the unit shown on the meter"),
        )
    home = place.unit.building if place.unit else place.building
    if home is not None and home.site_id != site.pk:
        raise Rejection(
            "unit", "other_site", _("it belongs to another site"), _("choose a place of this site")
        )
    check_limit(place.most_per_day)


def _check_new(new: NewMeter) -> None:
    if not new.serial.strip():
        raise Rejection(
            "serial",
            "missing",
            _("a serial number is required"),
            _("enter the number printed on the meter"),
        )
    if not 1 <= new.whole_digits <= MAX_WHOLE_DIGITS:
        raise Rejection(
            "whole_digits",
            "out_of_range",
            _("a register has 1 to 9 whole digits"),
            _("count the digits on the meter"),
        )
    if not 0 <= new.decimals <= MAX_DECIMALS:
        raise Rejection(
            "decimals",
            "out_of_range",
            _("a register has at most 4 decimals"),
            _("count the digits on the meter"),
        )
    if new.multiplier <= 0:
        raise Rejection(
            "multiplier",
            "not_positive",
            _("must be more than zero"),
            _("enter 1 if there is none"),
        )
