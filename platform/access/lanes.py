"""Load the lanes of cameras, locked, with all that a decision there needs.

This runs for every car at every lane. Three plain statements take a third of the time that Django
needs to build and read one query with four joins.
"""

from collections.abc import Mapping

from devices.models import Device
from estate.models import Lane, Lot

# In a fixed order, so that processes that lock several lanes cannot deadlock.
_LANES = """
SELECT lane.*, gate.site_id AS gate_site_id
FROM estate_lane AS lane JOIN estate_gate AS gate ON gate.id = lane.gate_id
WHERE lane.camera_id = ANY (%s) ORDER BY lane.id FOR NO KEY UPDATE OF lane
"""
# A lot's outline may be large, and no decision needs it.
_LOTS = "SELECT id, site_id, code, name, capacity, hold_watched FROM estate_lot WHERE id = ANY (%s)"
_DEVICES = "SELECT * FROM devices_device WHERE id = ANY (%s)"
# The numbers of commands lock the barriers one by one. What changes many devices locks them by
# primary key (devices.presence), so several barriers are locked in that order too.
_DEVICES_LOCKED = _DEVICES + " ORDER BY id FOR NO KEY UPDATE"


def lanes_of_cameras(sites: Mapping[int, int]) -> dict[int, Lane]:
    """Return the lanes that cameras serve at their sites, by camera, with their lots and devices.

    The lanes are locked until the transaction ends, so that only one process decides at a lane; of
    several lanes the devices are locked too.

    Args:
        sites: the site of each camera.
    """
    lanes = [
        lane
        for lane in Lane.objects.raw(_LANES, [list(sites)])
        if lane.gate_site_id == sites[lane.camera_id]  # type: ignore[attr-defined, index]
    ]
    if not lanes:
        return {}
    lots = {lot.pk: lot for lot in Lot.objects.raw(_LOTS, [[lane.lot_id for lane in lanes]])}
    wanted = [pk for lane in lanes for pk in (lane.camera_id, lane.barrier_id) if pk is not None]
    devices = Device.objects.raw(_DEVICES if len(lanes) == 1 else _DEVICES_LOCKED, [wanted])
    by_pk: dict[int | None, Device] = {device.pk: device for device in devices}
    for lane in lanes:
        lane.lot = lots[lane.lot_id]
        lane.camera, lane.barrier = by_pk[lane.camera_id], by_pk.get(lane.barrier_id)
    return {lane.camera.pk: lane for lane in lanes if lane.camera}
