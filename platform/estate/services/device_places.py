"""Record where a device is that serves no lane and no bay."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, live
from core.errors import Rejection
from devices.models import Device
from devices.topics import DEVICE
from estate.locations import Position
from estate.models import Building, DevicePlace, Lot, Unit
from estate.services.common import Actor, require_in_use, validate

Within = Unit | Building | Lot


@transaction.atomic
def locate_device(
    device: Device,
    actor: Actor,
    within: Within | None,
    *,
    note: str = "",
    position: Position | None = None,
) -> DevicePlace:
    """Record where a device is, in place of what was recorded before.

    Args:
        within: its unit, building or car park; None for the site's grounds.
        note: where in it, in words.
        position: longitude and latitude in degrees of WGS-84; None for the middle of the place.

    Raises:
        Rejection: the place is another site's or has ended, or the position is invalid.
    """
    place = DevicePlace(device=device, note=note.strip())
    if within is not None:
        _require_of_site(within, device)
        setattr(place, within.kind, within)
    place.longitude, place.latitude = position or (None, None)
    _validate(place)
    DevicePlace.objects.filter(device=device).delete()
    place.save()
    audit.record(
        device.site,
        actor,
        "place device",
        ("device", device.pk),
        code=device.code,
        place=str(place),
    )
    live.announce(DEVICE, device.site_id, device.pk)
    return place


def _require_of_site(within: Within, device: Device) -> None:
    if within.site.pk != device.site_id:
        raise Rejection(
            "place",
            "other_site",
            _("this place belongs to another site"),
            _("choose a place of this site"),
        )
    require_in_use(within, "place")


def _validate(place: DevicePlace) -> None:
    validate(place, ["note"])
    if place.longitude is None or place.latitude is None:
        return
    if not (abs(place.longitude) <= 180 and abs(place.latitude) <= 90):
        raise Rejection(
            "longitude",
            "position_outside",
            _("this is no position in degrees"),
            _("write longitude and latitude, such as 121.4737 and 31.2304"),
        )
