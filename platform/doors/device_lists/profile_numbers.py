"""Which time profiles a device's list refers to, under which numbers, and with which times."""

from collections.abc import Iterable
from typing import Any

from devices.models import Device
from doors.device_lists.held_profiles import Part, parts_of
from doors.device_lists.wanted import Wanted
from doors.models import DeviceProfile, TimeProfile
from doors.time_profiles import as_profile
from estate.door_abilities import abilities_of

#: Devices keep the numbers before it for never and always.
FIRST_NUMBER = 2


def assign_numbers(device: Device, wanted: Iterable[Wanted], *, free: bool = False) -> None:
    """Give the combinations of time profiles that entries need numbers, and note changed times.

    Args:
        free: whether the numbers of all others are free again.
    """
    needed = {key for each in wanted for key in each.content.get("profiles", {}).values()}
    rows = list(DeviceProfile.objects.filter(device=device).order_by("number"))
    if free:
        DeviceProfile.objects.filter(device=device).exclude(combination__in=needed).delete()
        rows = [row for row in rows if row.combination in needed]
    taken = {row.number for row in rows}
    most = abilities_of(device).time_profiles
    numbers = (n for n in range(FIRST_NUMBER, FIRST_NUMBER + most) if n not in taken)
    for combination in sorted(needed):
        own = [row for row in rows if row.combination == combination]
        own.sort(key=lambda row: row.part)
        parts = _parts(device, combination)
        for part in range(len(own), len(parts)):
            number = next(numbers, None)
            if number is None:
                break  # the entries that need it say so
            own.append(
                DeviceProfile(device=device, number=number, combination=combination, part=part)
            )
        _store(own, parts)


def numbers_of(device: Device) -> dict[str, int]:
    """Return the numbers of the combinations whose parts the device has all confirmed."""
    rows = list(DeviceProfile.objects.filter(device=device).order_by("part"))
    missing = {row.combination for row in rows if not row.loaded}
    return {
        row.combination: row.number
        for row in rows
        if row.part == 0 and row.combination not in missing
    }


def _parts(device: Device, combination: str) -> list[Part]:
    keys = [int(key) for key in combination.split("+")]
    profiles = TimeProfile.objects.filter(pk__in=keys).order_by("pk")
    plain = [as_profile(profile, device.site.timezone) for profile in profiles]
    return parts_of(plain, abilities_of(device).profile_segments) or []


def _store(rows: list[DeviceProfile], parts: list[Part]) -> None:
    for row, part, after in zip(rows, parts, [*rows[1 : len(parts)], None], strict=False):
        wanted: dict[str, Any] = {
            "profile": row.number,
            "begins": part.first.isoformat(),
            "ends": part.last.isoformat(),
            "days": list(part.days),
            "times": [list(times) for times in part.times],
        }
        if after is not None:
            wanted["linked"] = after.number
        if row.pk is None or row.wanted != wanted:
            row.wanted, row.loaded, row.retry_at = wanted, False, None
            row.save()
    for row in rows[len(parts) :]:
        row.delete()
