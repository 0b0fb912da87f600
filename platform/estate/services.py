"""Write bay status, the places of devices, and lane limits."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import audit, live
from core.errors import Rejection
from core.events import publish
from core.models import Site, User
from devices import drivers
from devices.models import Device
from devices.topics import DEVICE
from estate import topics
from estate.events import LaneChanged
from estate.models import Bay, Lane, PlateColour

HIGHEST_PERCENT = 100
LONGEST_REREAD_S = 3600


@transaction.atomic(savepoint=False)
def set_bay_status(sensor_id: int, *, occupied: bool, at: datetime) -> Bay | None:
    """Set the sensor's bay to free or occupied; a message older than the last one is ignored.

    Args:
        at: by the sensor's clock.
    """
    bay = _of_sensor(sensor_id)
    if bay is None or (bay.status_at and at < bay.status_at):
        return bay
    bay.status_at = at
    return _set_status(bay, Bay.Status.OCCUPIED if occupied else Bay.Status.FREE)


@transaction.atomic(savepoint=False)
def set_bay_unknown(sensor_id: int) -> Bay | None:
    """Set the bay of a silent sensor to unknown."""
    bay = _of_sensor(sensor_id)
    return _set_status(bay, Bay.Status.UNKNOWN) if bay else None


@transaction.atomic
def place_camera(lane: Lane, device: Device, actor: User, *, drives_barrier: bool = False) -> None:
    """Assign the device as the lane's camera; it leaves its former place.

    Args:
        drives_barrier: whether its output opens the lane's barrier. If not, a barrier device of the
            lane stays assigned, and a barrier driven by the former camera goes with that.

    Raises:
        Rejection: the device is no camera, is another site's, or its driver opens no barrier.
    """
    _check_fits(device, lane.gate.site, Device.Kind.CAMERA)
    if drives_barrier:
        check_opens(device)
    _record(device, actor, "place device", lane=str(lane))
    _unassign(device)
    lane = Lane.objects.select_for_update().get(pk=lane.pk)
    former = {lane.camera_id, lane.barrier_id}
    if drives_barrier:
        lane.barrier = device
    elif lane.barrier_id == lane.camera_id:
        lane.barrier = None
    lane.camera = device
    lane.save(update_fields=["camera", "barrier"])
    _announce(device.site_id, lane, device.pk, *former)


@transaction.atomic
def place_barrier(lane: Lane, device: Device | None, actor: User) -> None:
    """Assign the device as the lane's barrier; it leaves its former place.

    Args:
        device: a barrier, or the lane's own camera; None removes the lane's barrier.

    Raises:
        Rejection: the device is neither, is another site's, or its driver opens no barrier.
    """
    site = lane.gate.site
    if device is None:
        audit.record(site, actor, "take barrier away", ("lane", lane.pk))
    else:
        _record(device, actor, "place barrier", lane=str(lane))
    lane = Lane.objects.select_for_update().get(pk=lane.pk)
    if device is not None:
        if device.pk != lane.camera_id:
            _check_fits(device, site, Device.Kind.BARRIER)
            _unassign(device)
        check_opens(device)
    former, lane.barrier = lane.barrier_id, device
    lane.save(update_fields=["barrier"])
    _announce(site.pk, lane, former, device.pk if device else None)


@transaction.atomic
def place_sensor(bay: Bay, device: Device, actor: User) -> None:
    """Assign the sensor to the bay, whose status is unknown until its first message.

    Raises:
        Rejection: the device is no bay sensor, or is another site's.
    """
    _check_fits(device, bay.lot.site, Device.Kind.BAY_SENSOR)
    _record(device, actor, "place device", bay=f"{bay.lot.code}/{bay.code}")
    _unassign(device)
    bay = _locked_bays().get(pk=bay.pk)
    former = bay.sensor_id
    _assign_sensor(bay, device)
    _announce(device.site_id, None, device.pk, former)


@transaction.atomic
def remove_from_place(device: Device, actor: User) -> None:
    """Remove the device from its place."""
    _record(device, actor, "take device away")
    _unassign(device)
    _announce(device.site_id, None, device.pk)


@transaction.atomic
def set_lane_limits(
    lane: Lane,
    actor: User,
    *,
    camera_limit: int,
    reader_limit: int,
    known_limit: int,
    plate_colours: list[str],
    reread_seconds: int,
) -> Lane:
    """Set the confidence limits of a lane, and the plates that may use it.

    Args:
        camera_limit: percent; a camera's reading below it is checked by our own reader.
        reader_limit: percent; our reader's reading below it is checked by the guard.
        known_limit: percent that suffices for a plate on file.
        plate_colours: values of PlateColour; an empty list admits every colour.
        reread_seconds: readings of one plate within this time are one passage.

    Raises:
        Rejection: a limit, named as the field, is out of range.
    """
    limits = {
        "camera_limit": camera_limit,
        "reader_limit": reader_limit,
        "known_limit": known_limit,
    }
    for field, value in limits.items():
        _check_range(field, value, HIGHEST_PERCENT)
    _check_range("reread_seconds", reread_seconds, LONGEST_REREAD_S)
    if unknown := set(plate_colours) - set(PlateColour.values):
        problem = _("there are no %(colour)s plates") % {"colour": ", ".join(sorted(unknown))}
        raise Rejection("plate_colours", "colour_unknown", problem, _("choose from the list"))
    values = limits | {"plate_colours": plate_colours, "reread_seconds": reread_seconds}
    audit.record(lane.gate.site, actor, "set lane limits", ("lane", lane.pk), **values)
    Lane.objects.filter(pk=lane.pk).update(**values)
    lane.refresh_from_db(fields=list(values))
    _announce(lane.gate.site_id, lane, lane.camera_id)
    return lane


def _of_sensor(sensor_id: int) -> Bay | None:
    """Return the sensor's bay, locked; None for a closed one, which keeps its status."""
    watched = Bay.objects.filter(sensor=sensor_id).exclude(status=Bay.Status.CLOSED)
    return watched.select_related("lot").select_for_update(of=("self",)).first()


def _set_status(bay: Bay, status: Bay.Status) -> Bay:
    changed, bay.status = bay.status != status, status
    bay.save(update_fields=["status", "status_at"])
    if changed:
        live.announce(topics.BAY, bay.lot.site_id, bay.pk)
    return bay


def _check_fits(device: Device, site: Site, kind: Device.Kind) -> None:
    name = {"device": device.code}
    if device.site_id != site.pk:
        raise Rejection(
            "device",
            "other_site",
            _("%(device)s belongs to another site") % name,
            _("choose a device of this site"),
        )
    if device.kind != kind:
        problem = _("%(device)s is not a %(kind)s") % {**name, "kind": kind.label}
        raise Rejection("device", "wrong_kind", problem, _("choose a device of that kind"))


def check_opens(device: Device) -> None:
    """Check that the device can open a barrier.

    Raises:
        Rejection: its driver has no such action.
    """
    manifest = drivers.driver(device.driver).MANIFEST
    if "open" not in manifest.actions:
        problem = _("%(driver)s devices cannot open a barrier") % {"driver": manifest.title}
        raise Rejection(
            "drives_barrier",
            "barrier_unsupported",
            problem,
            _("assign a separate barrier to the lane"),
        )


def _check_range(field: str, value: int, highest: int) -> None:
    if not 0 <= value <= highest:
        problem = _("%(value)s is out of range") % {"value": value}
        raise Rejection(
            field, "out_of_range", problem, _("enter 0 to %(highest)s") % {"highest": highest}
        )


def _record(device: Device, actor: User, action: str, **where: str) -> None:
    audit.record(device.site, actor, action, ("device", device.pk), code=device.code, **where)


def _unassign(device: Device) -> None:
    """Remove the device from its lanes and its bay."""
    assigned = Q(camera=device) | Q(barrier=device)
    for lane in Lane.objects.select_for_update().filter(assigned).order_by("pk"):
        lane.camera_id = None if lane.camera_id == device.pk else lane.camera_id
        lane.barrier_id = None if lane.barrier_id == device.pk else lane.barrier_id
        lane.save(update_fields=["camera", "barrier"])
        _announce(device.site_id, lane, lane.camera_id, lane.barrier_id)
    for bay in _locked_bays().filter(sensor=device):
        _assign_sensor(bay, None)


def _locked_bays() -> QuerySet[Bay]:
    return Bay.objects.select_related("lot").select_for_update(of=("self",))


def _assign_sensor(bay: Bay, sensor: Device | None) -> None:
    """Change the bay's sensor; status_at belonged to the former sensor's clock and is reset."""
    bay.sensor, bay.status_at = sensor, None
    bay.save(update_fields=["sensor", "status_at"])
    if bay.status != Bay.Status.CLOSED:
        _set_status(bay, Bay.Status.UNKNOWN)


def _announce(site_id: int, lane: Lane | None, *devices: int | None) -> None:
    for device in set(devices) - {None}:
        live.announce(DEVICE, site_id, device)
    if lane is not None:
        publish(LaneChanged(site_id, lane.pk))
