"""Assign devices to lanes and bays."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, live
from core.errors import Rejection
from core.events import publish
from core.models import Site
from devices import drivers
from devices.models import Device
from devices.topics import DEVICE
from estate.events import LaneChanged
from estate.models import Bay, Lane
from estate.services.bays import assign_sensor, locked_bays
from estate.services.common import Actor, require_in_use


@transaction.atomic
def place_camera(lane: Lane, device: Device, actor: Actor, *, drives_barrier: bool = False) -> None:
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
    require_in_use(lane, "place")
    former = {lane.camera_id, lane.barrier_id}
    if drives_barrier:
        lane.barrier = device
    elif lane.barrier_id == lane.camera_id:
        lane.barrier = None
    lane.camera = device
    lane.save(update_fields=["camera", "barrier"])
    announce(device.site_id, lane, device.pk, *former)


@transaction.atomic
def place_barrier(lane: Lane, device: Device | None, actor: Actor) -> None:
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
    require_in_use(lane, "place")
    if device is not None:
        if device.pk != lane.camera_id:
            _check_fits(device, site, Device.Kind.BARRIER)
            _unassign(device)
        check_opens(device)
    former, lane.barrier = lane.barrier_id, device
    lane.save(update_fields=["barrier"])
    announce(site.pk, lane, former, device.pk if device else None)


@transaction.atomic
def place_sensor(bay: Bay, device: Device, actor: Actor) -> None:
    """Assign the sensor to the bay, whose status is unknown until its first message.

    Raises:
        Rejection: the device is no bay sensor, or is another site's.
    """
    _check_fits(device, bay.lot.site, Device.Kind.BAY_SENSOR)
    _record(device, actor, "place device", bay=f"{bay.lot.code}/{bay.code}")
    _unassign(device)
    bay = locked_bays().get(pk=bay.pk)
    require_in_use(bay, "place")
    former = bay.sensor_id
    assign_sensor(bay, device)
    announce(device.site_id, None, device.pk, former)


@transaction.atomic
def remove_from_place(device: Device, actor: Actor) -> None:
    """Remove the device from its place."""
    _record(device, actor, "take device away")
    _unassign(device)
    announce(device.site_id, None, device.pk)


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


def _record(device: Device, actor: Actor, action: str, **where: str) -> None:
    audit.record(device.site, actor, action, ("device", device.pk), code=device.code, **where)


def _unassign(device: Device) -> None:
    """Remove the device from its lanes and its bay."""
    assigned = Q(camera=device) | Q(barrier=device)
    for lane in Lane.objects.select_for_update().filter(assigned).order_by("pk"):
        lane.camera_id = None if lane.camera_id == device.pk else lane.camera_id
        lane.barrier_id = None if lane.barrier_id == device.pk else lane.barrier_id
        lane.save(update_fields=["camera", "barrier"])
        announce(device.site_id, lane, lane.camera_id, lane.barrier_id)
    for bay in locked_bays().filter(sensor=device):
        assign_sensor(bay, None)


def announce(site_id: int, lane: Lane | None, *devices: int | None) -> None:
    """Announce the devices, and publish that the lane has changed."""
    for device in set(devices) - {None}:
        live.announce(DEVICE, site_id, device)
    if lane is not None:
        publish(LaneChanged(site_id, lane.pk))
