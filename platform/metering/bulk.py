"""Install and remove many meters with a few statements; rows are validated before."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core import audit, clock, live
from core.copying import copy_rows
from core.models import Site, User
from metering import topics
from metering.models import Meter, MeterPoint, MeterReading


@dataclass(frozen=True)
class FirstReading:
    """A meter that is to be installed at its point, and what its register shows then."""

    meter: Meter
    register: Decimal


def install_meters(site: Site, actor: User, wanted: Sequence[FirstReading]) -> list[Meter]:
    """Install meters at new points, each with its first reading."""
    copy_rows(each.meter.point for each in wanted)
    for each in wanted:
        each.meter.point_id = each.meter.point.pk
    meters = copy_rows(each.meter for each in wanted)
    now = clock.now()
    copy_rows(
        MeterReading(
            meter=each.meter,
            at=each.meter.installed_at,
            entered_at=now,
            register=each.register,
            by=actor,
            source=MeterReading.Source.HAND,
            stage=MeterReading.Stage.INSTALLED,
        )
        for each in wanted
    )
    subjects = [
        (("meter", each.pk), {"serial": each.serial, "point": each.point_id}) for each in meters
    ]
    audit.record_all(site, actor, "install meter", subjects)
    live.announce(topics.METER, site.pk)
    return meters


def remove_meters(site: Site, actor: User, meters: Sequence[Meter]) -> None:
    """Remove meters that were installed by mistake, with their points and first readings."""
    points = [each.point_id for each in meters]
    MeterReading.objects.filter(meter__in=meters).delete()
    Meter.objects.filter(pk__in=[each.pk for each in meters]).delete()
    MeterPoint.objects.filter(pk__in=points).delete()
    subjects = [(("meter", each.pk), {"serial": each.serial}) for each in meters]
    audit.record_all(site, actor, "undo import", subjects)
    live.announce(topics.METER, site.pk)
