"""Load a right for all times into a device that can't hold its time profile."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, validation
from core.errors import Rejection
from core.models import User
from devices.models import Device
from doors.admission import rights_at
from doors.device_lists import planning
from doors.device_lists.wanted import can_hold
from doors.models import DeviceEntry, Right, WidenedRight
from estate.door_abilities import abilities_of
from estate.models import Door, DoorDevice

LONGEST_REASON = 200


def rights_to_widen(device: Device, person_id: int) -> list[Right]:
    """Return the rights of a person that a device does not get for their time profiles."""
    abilities = abilities_of(device)
    served = DoorDevice.objects.filter(device=device, door__decides=Door.Decides.DEVICE)
    found: dict[int, Right] = {}
    widened = WidenedRight.objects.filter(device=device).values("right")
    for each in served.select_related("door").order_by("number"):
        for right in rights_at(each.door).exclude(profile=None).exclude(pk__in=widened):
            if not can_hold(abilities, right) and planning.holds_for(right, person_id):
                found[right.pk] = right
    return list(found.values())


@transaction.atomic
def widen(entry: DeviceEntry, actor: User, reason: str) -> list[WidenedRight]:
    """Load a person's rights into a device for all times, though they have a time profile.

    All who hold one of these rights are then loaded, since it is the right that is widened.

    Raises:
        Rejection: no reason is given, or the device holds all the person's rights.
    """
    validation.require_reason(reason)
    rights = rights_to_widen(entry.device, entry.person_id) if entry.person_id else []
    if not rights:
        raise Rejection(
            "entry",
            "nothing_to_widen",
            _("no time profile keeps this person from the device"),
            _("reload the page"),
        )
    now, made = clock.now(), []
    for right in rights:
        row = WidenedRight(right=right, device=entry.device, reason=reason.strip()[:LONGEST_REASON])
        row.widened_by, row.at = actor.get_username(), now
        made.append(row)
        subject = ("door_right", right.pk)
        detail = {"code": entry.device.code, "reason": row.reason, "person": entry.person_id}
        audit.record(entry.device.site, actor, "widen door right", subject, **detail)
    WidenedRight.objects.bulk_create(made)
    planning.refresh(entry.device)
    return made
