"""The region of each camera's picture in which our own reader reads plates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access.models import Passage, PlateRead, ReadingRegion
from core import audit, live, revisions
from core.errors import Rejection
from core.models import User
from devices.models import Device
from devices.topics import DEVICE
from devices.vision.region import (
    LEAST_CORNERS,
    LEAST_SIDE,
    MOST_CORNERS,
    MOST_LEAST_HEIGHT,
    WHOLE,
    Corner,
    Region,
    region_problem,
)
from estate.selectors import lanes_of

# A corner is kept to a tenth of a percent of the picture: about a pixel.
_DIGITS = 3
_RECENT = 50


@dataclass(frozen=True)
class Sight:
    """What a camera saw last.

    Attributes:
        passage: the latest one with a photo; None where there is none.
        boxes: of the latest plates of the reader: left, top, right, bottom in pixels.
    """

    passage: Passage | None
    boxes: list[list[int]]


def region_of(camera: Device | None) -> Region:
    """Return where in its picture a camera's plates are read; the whole one unless it is set."""
    row = ReadingRegion.objects.filter(camera=camera).first() if camera else None
    return Region(_pairs(row.corners), row.least_height) if row else WHOLE


def revision_of(region: Region) -> str:
    """Return the token of a region that a form shows (`core.revisions`)."""
    return revisions.revision_of(_values(region))


@transaction.atomic
def set_region(
    camera: Device,
    actor: User,
    *,
    corners: Sequence[Corner],
    least_height: float,
    revision: str = "",
) -> Region:
    """Set where in its picture a camera's plates are read, from the next photo on.

    Args:
        corners: of a polygon, as shares of the picture's width and height; empty for the whole.
        least_height: of a plate's text, as a share of the picture's height.
        revision: the token of what the form showed; empty without a form.

    Raises:
        Rejection: the device is no camera, the polygon or the height is invalid, or the region was
            changed meanwhile.
    """
    if camera.kind != Device.Kind.CAMERA:
        raise _no_camera(camera)
    locked = Device.objects.select_for_update(of=("self",)).select_related("site")
    camera = locked.get(pk=camera.pk)
    before, subject = region_of(camera), ("device", camera.pk)
    revisions.require_revision(revision, _values(before), camera.site, subject)
    _require_valid(corners, least_height)
    after = Region(_pairs(corners), round(least_height, _DIGITS))
    _require_valid(after.corners, after.least_height)
    changed = revisions.changed_values(_values(before), _values(after))
    if changed:
        _store(camera, after)
        audit.record(camera.site, actor, "set reading region", subject, **changed)
        live.announce(DEVICE, camera.site_id, camera.pk)
    return after


def last_seen(camera: Device) -> Sight:
    """Return the latest photo at the camera's lanes, and where plates were on the latest ones."""
    passages = Passage.objects.filter(lane__in=lanes_of(camera), device=camera)
    recent = list(passages.order_by("-at")[:_RECENT])
    reads = PlateRead.objects.filter(passage__in=recent, source=PlateRead.Source.READER)
    boxes = [read.box for read in reads.order_by("pk") if read.box]
    return Sight(next((each for each in recent if each.image), None), boxes)


def _store(camera: Device, region: Region) -> None:
    if region == WHOLE:
        ReadingRegion.objects.filter(camera=camera).delete()
    else:
        values = {"corners": region.corners, "least_height": region.least_height}
        ReadingRegion.objects.update_or_create(camera=camera, defaults=values)


def _values(region: Region) -> dict[str, Any]:
    """Return a region as plain JSON, in percent, for the form's revision and the audit log."""
    corners = "; ".join(f"{x * 100:.1f}, {y * 100:.1f}" for x, y in region.corners)
    return {"corners": corners, "least_height": round(region.least_height * 100, 1)}


def _pairs(corners: Sequence[Sequence[float]]) -> tuple[Corner, ...]:
    return tuple((round(x, _DIGITS), round(y, _DIGITS)) for x, y in corners)


def _require_valid(corners: Sequence[Sequence[float]], least_height: float) -> None:
    problem = region_problem(corners, least_height)
    if not problem:
        return
    field = problem if problem == "least_height" else "corners"
    message, hint = _texts()[problem]
    raise Rejection(field, problem, message, hint)


def _texts() -> dict[str, tuple[str, str]]:
    """Return what is wrong and how to correct it, by the codes of `region_problem`."""
    most = {"least": LEAST_CORNERS, "most": MOST_CORNERS}
    side = {"percent": round(LEAST_SIDE * 100)}
    return {
        "least_height": (
            _("no plate has such a height"),
            _("enter 0 to %(most)s percent") % {"most": round(MOST_LEAST_HEIGHT * 100)},
        ),
        "corners": (
            _("the region has too few or too many corners"),
            _("draw %(least)s to %(most)s corners") % most,
        ),
        "outside": (
            _("a corner is outside the picture"),
            _("enter 0 to 100 percent, from the left and from the top"),
        ),
        "crossing": (
            _("the region's sides cross, or its corners stand in a row"),
            _("move a corner so that they go around the lane once"),
        ),
        "narrow": (
            _("the region is too small for plates"),
            _("draw it at least %(percent)s percent wide and high") % side,
        ),
    }


def _no_camera(device: Device) -> Rejection:
    return Rejection(
        "device",
        "no_camera",
        _("%(device)s is not a camera") % {"device": device.code},
        _("set the region of a camera"),
    )
