"""Create and change lanes, with their devices and limits."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.events import publish
from core.models import User
from core.text_lists import joined
from devices.models import Device
from estate import ports
from estate.events import LaneChanged
from estate.models import Gate, Lane, Lot, PlateColour
from estate.services import equipment
from estate.services.common import Actor, change, create, lock, lock_in_use

HIGHEST_PERCENT = 100
LONGEST_REREAD_S = 3600


@transaction.atomic
def create_lane(
    gate: Gate, lot: Lot, actor: Actor, *, direction: str, name: str, code: str = ""
) -> Lane:
    """Create a lane of a gate into or out of a lot.

    Its camera and barrier are assigned by `change_lane` or on a device's page.

    Args:
        code: unique at the gate; the direction by default, with a number from the second lane on.

    Raises:
        Rejection: the gate or the lot has ended or is another site's, a value is malformed, or the
            gate has a lane of that code.
    """
    lock_in_use(gate, "gate")
    _check_lot(gate, lot)
    code = code.strip() or _free_code(gate, direction)
    lane = Lane(gate=gate, lot=lot, code=code, direction=direction, name=name)
    create(lane, gate.site, actor)
    publish(LaneChanged(gate.site_id, lane.pk))
    return lane


@transaction.atomic
def change_lane(
    lane: Lane,
    actor: User,
    *,
    code: str,
    name: str,
    direction: str,
    lot: Lot,
    camera: Device | None,
    barrier: Device | None,
    revision: str = "",
) -> Lane:
    """Change a lane and its devices.

    Args:
        camera: None leaves the lane without one.
        barrier: a barrier, or the camera itself where its output drives the barrier.

    Raises:
        Rejection: see `estate.services.common.change`; or a device serves another lane or does not
            fit, or the direction, the lot or the camera would change while a car waits.
    """
    before = lock(lane)
    moved = (direction, lot.pk) != (before.direction, before.lot_id)
    if moved or camera != before.camera:
        _require_no_car(before)
    _check_lot(before.gate, lot)
    _require_free(before, camera, "camera")
    _require_free(before, barrier, "barrier")
    values = {"code": code, "name": name, "direction": direction}
    change(before, actor, revision, values, _changed_equipment(before, lot, camera, barrier))
    _set_lot(before, lot)
    _set_devices(before, actor, camera, barrier)
    publish(LaneChanged(before.gate.site_id, lane.pk))
    return lock(lane)


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
        problem = _("there are no %(colour)s plates") % {"colour": joined(sorted(unknown))}
        raise Rejection("plate_colours", "colour_unknown", problem, _("choose from the list"))
    values = limits | {"plate_colours": plate_colours, "reread_seconds": reread_seconds}
    audit.record(lane.gate.site, actor, "set lane limits", ("lane", lane.pk), **values)
    Lane.objects.filter(pk=lane.pk).update(**values)
    lane.refresh_from_db(fields=list(values))
    equipment.announce(lane.gate.site_id, lane, lane.camera_id)
    return lane


def _changed_equipment(
    lane: Lane, lot: Lot, camera: Device | None, barrier: Device | None
) -> dict[str, list[str]]:
    """Return the codes of what the lane had and gets, where they differ, for its audit entry."""
    pairs = {
        "lot": (lane.lot, lot),
        "camera": (lane.camera, camera),
        "barrier": (lane.barrier, barrier),
    }
    return {
        name: [before.code if before else "", after.code if after else ""]
        for name, (before, after) in pairs.items()
        if before != after
    }


def _set_lot(lane: Lane, lot: Lot) -> None:
    if lane.lot_id != lot.pk:
        lane.lot = lot
        lane.save(update_fields=["lot"])


def _set_devices(lane: Lane, actor: User, camera: Device | None, barrier: Device | None) -> None:
    drives = camera is not None and barrier == camera
    if lane.camera is not None and camera != lane.camera:
        equipment.remove_from_place(lane.camera, actor)
    if camera is not None and (camera.pk != lane.camera_id or drives):
        equipment.place_camera(lane, camera, actor, drives_barrier=drives)
    lane.refresh_from_db(fields=["camera", "barrier"])
    if barrier != lane.barrier:
        equipment.place_barrier(lane, barrier, actor)


def _require_free(lane: Lane, device: Device | None, field: str) -> None:
    """A device of another lane is moved on its own page, so that no lane loses it by a slip."""
    if device is None:
        return
    uses = Q(camera=device) | Q(barrier=device)
    other = Lane.objects.filter(uses).exclude(pk=lane.pk).first()
    if other is not None:
        names = {"device": device.code, "lane": other}
        raise Rejection(
            field,
            "device_taken",
            _("%(device)s serves %(lane)s") % names,
            _("choose another device, or move it on its own page"),
        )


def _require_no_car(lane: Lane) -> None:
    for usage in ports.usages_of(lane):
        if usage.blocks:
            raise Rejection(
                "direction", "in_use", usage.text, _("wait until the car has left, then save again")
            )


def _check_lot(gate: Gate, lot: Lot) -> None:
    lock_in_use(lot, "lot")
    if lot.site_id != gate.site_id:
        raise Rejection(
            "lot",
            "other_site",
            _("%(lot)s belongs to another site") % {"lot": lot},
            _("choose a car park of this site"),
        )


def _free_code(gate: Gate, direction: str) -> str:
    used = set(Lane.objects.filter(gate=gate).values_list("code", flat=True))
    numbered = (f"{direction}-{number}" for number in range(2, len(used) + 3))
    return next(code for code in (direction, *numbered) if code not in used)


def _check_range(field: str, value: int, highest: int) -> None:
    if not 0 <= value <= highest:
        problem = _("%(value)s is out of range") % {"value": value}
        raise Rejection(
            field, "out_of_range", problem, _("enter 0 to %(highest)s") % {"highest": highest}
        )
