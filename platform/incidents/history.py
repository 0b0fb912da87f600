"""The incidents of generated history: alarms of a site's devices, most of them reviewed."""

from datetime import datetime, timedelta
from random import Random

from core.copying import assign_keys, copy_rows
from core.models import Site, User
from devices.models import Device
from incidents.models import Incident, Occurrence, WatchEntry
from incidents.own_kinds import DEVICE_ALARM, TAILGATING

_SEVERITIES = (Incident.Severity.MINOR, Incident.Severity.MODERATE, Incident.Severity.SEVERE)
_REVIEWED_AFTER = timedelta(hours=3)
_WATCHED_FOR = timedelta(days=60)


def raise_incidents(
    site: Site, guard: User, number: int, until: datetime, days: int, chance: Random
) -> None:
    """Add so many incidents; those of the last hours still wait for a person."""
    devices = list(Device.objects.filter(site=site).order_by("pk").values_list("pk", flat=True))
    moments = sorted(
        until - timedelta(minutes=chance.randrange(days * 24 * 60)) for _each in range(number)
    )
    incidents = [_incident(site, guard, devices, at, until, chance) for at in moments]
    assign_keys(incidents)
    # One is active at most for each source.
    active: set[tuple[str, str]] = set()
    kept = []
    for each in reversed(incidents):
        source = (each.kind, each.source)
        if each.state not in Incident.ENDED and source in active:
            continue
        active.add(source)
        kept.append(each)
    copy_rows(reversed(kept))
    copy_rows(Occurrence(incident=each, at=each.last_at, detail={}) for each in reversed(kept))


def watch_plates(
    site: Site, manager: User, guard: User, plates: dict[str, str], until: datetime, chance: Random
) -> None:
    """Add watch-list entries, by plate with its folded form, most of which have ended."""
    moments = [until - timedelta(days=chance.randrange(1, 365)) for _plate in plates]
    copy_rows(
        WatchEntry(
            site=site,
            plate=plate,
            folded=folded,
            legal_basis=WatchEntry.Basis.POLICE_REQUEST,
            document_no=f"2026-{place:05d}",
            requesting_org="District police",
            requesting_officer="Officer on duty",
            reason="reported stolen",
            begins_at=begins,
            ends_at=begins + _WATCHED_FOR,
            created_by=manager,
            approved_by=guard,
            approved_at=begins,
        )
        for place, ((plate, folded), begins) in enumerate(zip(plates.items(), moments, strict=True))
    )


def _incident(
    site: Site, guard: User, devices: list[int], at: datetime, until: datetime, chance: Random
) -> Incident:
    incident = Incident(
        site=site,
        kind=chance.choice((DEVICE_ALARM, TAILGATING)),
        source=f"device:{chance.choice(devices)}",
        severity=chance.choice(_SEVERITIES),
        first_at=at,
        last_at=at,
    )
    reviewed_at = at + _REVIEWED_AFTER
    if reviewed_at < until:
        incident.state = chance.choice(Incident.ENDED)
        incident.acked_by = incident.reviewed_by = guard
        incident.acked_at = incident.reviewed_at = incident.ended_at = reviewed_at
        incident.review_reason = "looked at the photo"
    return incident
