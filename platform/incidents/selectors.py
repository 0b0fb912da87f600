"""Read incidents and the watch-list."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast

from core import clock
from core.models import Site
from core.plates import fold
from devices.models import Device
from incidents import kinds
from incidents.models import Incident, WatchEntry
from incidents.severities import Severity

# It runs for every car at every lane; as plain SQL it spares the time of building a query.
_IN_FORCE = """
SELECT * FROM incidents_watchentry
WHERE (site_id, folded) IN %(plates)s AND approved_by_id IS NOT NULL
    AND begins_at <= %(at)s AND ends_at > %(at)s
"""


def entries_in_force(site_id: int, plate: str, at: datetime) -> list[WatchEntry]:
    """Return the approved watch-list entries for the plate or a look-alike, in force at ``at``."""
    of_plate = (site_id, fold(plate))
    return entries_by_plate([of_plate], at).get(of_plate, [])


def entries_by_plate(
    plates: Collection[tuple[int, str]], at: datetime
) -> dict[tuple[int, str], list[WatchEntry]]:
    """Return the approved entries in force at ``at``, by site and folded plate."""
    wanted = tuple({each for each in plates if each[1]})
    found: dict[tuple[int, str], list[WatchEntry]] = defaultdict(list)
    for entry in WatchEntry.objects.raw(_IN_FORCE, {"plates": wanted, "at": at}) if wanted else ():
        found[entry.site_id, entry.folded].append(entry)
    return found


def active(site: Site) -> QuerySet[Incident]:
    """Return the site's active incidents that no other one explains, latest first."""
    return incidents_at(site).exclude(state__in=Incident.ENDED).filter(inhibited_by=None)


def related(incident: Incident) -> dict[str, list[Incident]]:
    """Return what belongs with an incident.

    Returns:
        ``group``: active ones of its place and time; ``merged``: those merged into it; ``hidden``:
        active ones that it explains.
    """
    rows = Incident.objects.filter(site=incident.site_id).select_related("rule")
    current = rows.exclude(state__in=Incident.ENDED).exclude(pk=incident.pk).order_by("-last_at")
    group = current.filter(group_key=incident.group_key, inhibited_by=None)
    return {
        "group": list(group[:10]) if incident.group_key else [],
        "merged": list(rows.filter(merged_into=incident).order_by("pk")[:10]),
        "hidden": list(current.filter(inhibited_by=incident)[:10]),
    }


def mergeable(incident: Incident) -> QuerySet[Incident]:
    """Return the active incidents that one may be merged into, those of its group first."""
    same = Case(When(group_key=incident.group_key, then=Value(0)), default=Value(1))
    others = active(incident.site).filter(exercise=incident.exercise).exclude(pk=incident.pk)
    return others.order_by(same, "-last_at", "-pk")


def incidents_at(site: Site) -> QuerySet[Incident]:
    """Return the site's incidents, latest first."""
    rows = Incident.objects.filter(site=site).select_related("watch_entry", "rule", "assigned_to")
    return rows.order_by("-last_at")


def device_number() -> Case:
    """Return the primary key of the device that an incident is about; null for other subjects."""
    number = Func(
        F("source"), Value(":"), Value(2), function="split_part", output_field=TextField()
    )
    return Case(When(source__startswith="device:", then=Cast(number, BigIntegerField())))


def with_devices(site: Site) -> QuerySet[Incident]:
    """Return the site's incidents, latest first, each with the ``device_code`` that it is about."""
    device = Device.objects.filter(site=site, pk=OuterRef("about")).values("code")
    rows = incidents_at(site).select_related("watch_entry", "rule", "assigned_to", "acked_by")
    return rows.alias(about=device_number()).annotate(device_code=Subquery(device))


def of_device(rows: QuerySet[Incident], site: Site, code: str) -> QuerySet[Incident]:
    """Filter incidents by the site's device with that code; none where it has no such device."""
    device = Device.objects.filter(site=site, code__iexact=code).first()
    if device is None:
        return rows.none()
    source = f"device:{device.pk}"
    return rows.filter(Q(source=source) | Q(source__startswith=f"{source}:"))


def device_of(incident: Incident) -> Device | None:
    """Return the device that the incident is about; None if it is about something else."""
    subject, _, pk = incident.source.partition(":")
    if subject != "device":
        return None
    devices = Device.objects.filter(site=incident.site_id)
    return devices.filter(pk=int(pk.partition(":")[0])).first()


def watch_entries(site: Site) -> QuerySet[WatchEntry]:
    """Return all watch-list entries of the site, ended ones too."""
    return WatchEntry.objects.filter(site=site).select_related("created_by", "approved_by")


@dataclass(frozen=True, slots=True)
class DeviceIncident:
    """An active incident of a device, and the device."""

    incident: Incident
    device: Device


def active_of_devices(site: Site, limit: int) -> list[DeviceIncident]:
    """Return the active incidents that a technician works on, latest first, with their devices.

    Incidents about plates and people are left out, whichever device reported them.
    """
    of_devices = active(site).filter(kind__in=kinds.codes_of_devices())
    found = list(of_devices.filter(source__startswith="device:")[:limit])
    keys = {incident.pk: int(incident.source.split(":")[1]) for incident in found}
    devices = Device.objects.filter(site=site).in_bulk(keys.values())
    return [
        DeviceIncident(each, devices[keys[each.pk]]) for each in found if keys[each.pk] in devices
    ]


def watch_list(site: Site) -> QuerySet[WatchEntry]:
    """Return the site's watch-list entries that have not ended, latest first."""
    return watch_entries(site).filter(ends_at__gt=clock.now()).order_by("-pk")


@dataclass(frozen=True, slots=True)
class ActiveIncidents:
    """The active incidents of one severity, by the time since they were first seen."""

    severity: Severity
    new: int
    today: int
    older: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.new + self.today + self.older


def active_by_severity(site: Site) -> list[ActiveIncidents]:
    """Count the active incidents by severity, worst first, and by age: an hour, a day, older."""
    now = clock.now()
    hour_old, day_old = Q(first_at__lt=now - timedelta(hours=1)), now - timedelta(days=1)
    rows = (
        active(site)
        .order_by()
        .values("severity")
        .annotate(
            new=Count("pk", filter=~hour_old),
            today=Count("pk", filter=hour_old & Q(first_at__gte=day_old)),
            older=Count("pk", filter=Q(first_at__lt=day_old)),
        )
    )
    counted = {each["severity"]: (each["new"], each["today"], each["older"]) for each in rows}
    return [ActiveIncidents(each, *counted.get(each, (0, 0, 0))) for each in Incident.Severity]


def waiting_for_approval(site: Site) -> QuerySet[WatchEntry]:
    """Return the watch-list entries that a second person has to approve, latest first."""
    return watch_list(site).filter(approved_by=None)
