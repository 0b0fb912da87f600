"""What refers to a place within the estate itself, and which values its devices fix."""

from collections.abc import Callable, Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import Site
from devices.models import Device
from estate.models import Bay, Building, Door, Gate, Lane, Lot, Place, Unit, Zone
from estate.ports import FixedValue, Usage, UsedBy

_SHOWN = 5


def of_place(place: Place) -> Iterator[Usage]:
    """Yield what in the estate refers to a place."""
    if isinstance(place, Building):
        yield from _units(place)
        yield from _doors(Door.objects.in_use().filter(building=place))
    elif isinstance(place, Zone):
        yield from _doors(Door.objects.in_use().filter(zone=place))
    elif isinstance(place, Door):
        yield from _door_devices(place)
    elif isinstance(place, Lot):
        yield from _lanes(
            Lane.objects.in_use().filter(lot=place),
            lambda count: ngettext(
                "%(count)s lane uses this car park", "%(count)s lanes use this car park", count
            ),
        )
        yield from _bays(place)
    elif isinstance(place, Gate):
        yield from _lanes(
            Lane.objects.in_use().filter(gate=place),
            lambda count: ngettext(
                "%(count)s lane is at this gate", "%(count)s lanes are at this gate", count
            ),
        )
    else:
        yield from _devices(place)


def fixed_by_devices(site: Site) -> Iterator[FixedValue]:
    """Yield the address, which stands in the topics of the site's devices."""
    count = Device.objects.filter(site=site).count()
    if count:
        text = ngettext(
            "%(count)s device publishes under it", "%(count)s devices publish under it", count
        )
        yield FixedValue("slug", text % {"count": count})


def _lanes(lanes: QuerySet[Lane], text: Callable[[int], str]) -> Iterator[Usage]:
    count = lanes.count()
    if count:
        first = lanes.select_related("gate").order_by("gate__code", "code")[:_SHOWN]
        rows = tuple(UsedBy("lane", lane.pk, f"{lane.gate.name} · {lane.name}") for lane in first)
        yield Usage(text(count) % {"count": count}, blocks=True, rows=rows)


def _doors(doors: QuerySet[Door]) -> Iterator[Usage]:
    count = doors.count()
    if count:
        text = ngettext("%(count)s door is here", "%(count)s doors are here", count)
        first = doors.order_by("code")[:_SHOWN]
        rows = tuple(UsedBy("door", door.pk, door.name) for door in first)
        yield Usage(text % {"count": count}, blocks=True, rows=rows)


def _door_devices(door: Door) -> Iterator[Usage]:
    served = door.devices.select_related("device").order_by("device__code", "number")
    rows = tuple(UsedBy("device", each.device_id, each.device.code) for each in served)
    if rows:
        yield Usage(_("Its devices are free for another door then"), rows=rows)


def _units(building: Building) -> Iterator[Usage]:
    count = Unit.objects.in_use().filter(building=building).count()
    if count:
        text = ngettext("%(count)s unit ends with it", "%(count)s units end with it", count)
        yield Usage(text % {"count": count})


def _bays(lot: Lot) -> Iterator[Usage]:
    bays = Bay.objects.in_use().filter(lot=lot)
    count, sensors = bays.count(), bays.exclude(sensor=None).count()
    if count:
        text = ngettext("%(count)s bay ends with it", "%(count)s bays end with it", count)
        yield Usage(text % {"count": count})
    if sensors:
        yield Usage(_sensors_freed(sensors))


def _devices(place: Place) -> Iterator[Usage]:
    if isinstance(place, Lane):
        devices = {device.pk: device for device in (place.camera, place.barrier) if device}
        if devices:
            rows = tuple(UsedBy("device", each.pk, each.code) for each in devices.values())
            yield Usage(_("Its devices are free for another lane then"), rows=rows)
    elif isinstance(place, Bay) and place.sensor is not None:
        sensor = UsedBy("device", place.sensor.pk, place.sensor.code)
        yield Usage(_sensors_freed(1), rows=(sensor,))


def _sensors_freed(count: int) -> str:
    text = ngettext(
        "%(count)s sensor is free for another bay then",
        "%(count)s sensors are free for other bays then",
        count,
    )
    return text % {"count": count}
