"""What the services share: the lock of a point, the audit entry, and what is settled afterwards."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import audit, clock, live
from core.errors import Rejection
from core.models import Site, User
from metering.models import Meter, MeterPoint, MeterReading
from metering.plausibility import Around, Claim, around, in_force, judge, outside

# A person's watch may go ahead of ours by so much.
AHEAD = timedelta(minutes=5)
# The folder of photos of meters, below MEDIA_ROOT.
PHOTOS = "meters"


def lock_point(pk: int) -> MeterPoint:
    """Let nobody else change the point's meters or readings before this transaction ends."""
    return MeterPoint.objects.select_for_update().get(pk=pk)


def locked(meter: Meter) -> Meter:
    """Return the meter as it is now, its point locked."""
    lock_point(meter.point_id)
    return Meter.objects.select_related("site", "point", "device").get(pk=meter.pk)


def locked_reading(reading: MeterReading) -> MeterReading:
    """Return the reading as it is now, its point locked."""
    meter = locked(reading.meter)
    fresh = MeterReading.objects.get(pk=reading.pk)
    fresh.meter = meter
    return fresh


def log(site: Site, actor: User, action: str, subject: audit.Subject, **detail: Any) -> None:
    """Write who changed what into the site's audit chain, and tell the open pages."""
    audit.record(site, actor, action, subject, **detail)
    live.announce(site.pk, "meter")


def check_register(meter: Meter, register: Decimal, field: str = "register") -> None:
    """Pass silently where the register can show this.

    Raises:
        ImplausibleReading: it has other digits.
    """
    if not meter.dial.shows(register):
        raise outside(meter, field)


def check_time(meter: Meter, at: datetime) -> None:
    """Pass silently where the meter was there at that instant, and nothing else was read then.

    Raises:
        Rejection: it is not yet, or was before the installation or after the removal, or there is
            a reading of that very time.
    """
    check_not_ahead(at)
    if at < meter.installed_at or (meter.removed_at is not None and at > meter.removed_at):
        raise Rejection(
            "at",
            "not_installed",
            _("the meter was not installed then"),
            _("choose a time between its installation and its removal"),
        )
    if in_force(meter).filter(at=at).exists():
        raise Rejection(
            "at",
            "already_exists",
            _("there is a reading of that time already"),
            _("correct that one instead"),
        )


def check_not_ahead(at: datetime) -> None:
    """Pass silently where the instant is not in the future.

    Raises:
        Rejection: it is.
    """
    if at > clock.now() + AHEAD:
        raise Rejection(
            "at",
            "in_the_future",
            _("that time has not come yet"),
            _("choose the time of the reading"),
        )


def check_believable(meter: Meter, claim: Claim, near: Around) -> None:
    """Pass silently where nothing speaks against what a person says of the register.

    Raises:
        ImplausibleReading: something does; ``tick`` names what would let it pass.
    """
    doubt = judge(meter, claim, near)
    if doubt is not None:
        raise doubt


def write_down(meter: Meter, actor: User, claim: Claim, **more: Any) -> MeterReading:
    """Keep what a person says of the register as a reading, by hand unless ``source`` is given."""
    given = {"source": MeterReading.Source.HAND, **more}
    return MeterReading.objects.create(
        meter=meter,
        at=claim.at,
        entered_at=clock.now(),
        register=claim.register,
        rolled_over=claim.rolled_over,
        by=actor,
        **given,
    )


def believed(meter: Meter, reading: MeterReading) -> bool:
    """Say whether a device's reading counts by itself; write down what speaks against it.

    A step down counts as a rollover by itself only where the point has a limit, which somebody set,
    and the step is within it.
    """
    if reading.register is None:
        reading.doubt = MeterReading.Doubt.OUTSIDE
        return False
    near = around(meter, reading.at)
    doubt = judge(meter, Claim(reading.register, reading.at), near)
    if doubt is not None and doubt.tick == "rolled_over" and _rolls_by_itself(meter, near):
        rolled = Claim(reading.register, reading.at, rolled_over=True)
        reading.rolled_over = judge(meter, rolled, near) is None
        doubt = None if reading.rolled_over else doubt
    reading.doubt = doubt.doubt if doubt else MeterReading.Doubt.NONE
    return doubt is None


def settle(meter: Meter) -> int:
    """Let every reading count that waited for a review and has nothing against it any more.

    It is called when what they were compared with has changed; return how many count now.
    """
    waiting = MeterReading.objects.filter(meter=meter, state=MeterReading.State.REVIEW)
    return sum(_settled(meter, reading) for reading in waiting.order_by("at"))


def _settled(meter: Meter, reading: MeterReading) -> bool:
    if in_force(meter).filter(at=reading.at).exists():
        return False
    well = believed(meter, reading)
    if well:
        reading.state = MeterReading.State.IN_FORCE
    reading.save(update_fields=["state", "doubt", "rolled_over"])
    return well


def _rolls_by_itself(meter: Meter, near: Around) -> bool:
    return near.after is None and meter.point.most_per_day is not None
