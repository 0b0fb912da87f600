"""The demo sites' watch-lists, and what has happened at the park."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core import clock
from core.models import Site, User
from devices.models import Device
from estate.locations import Position, location_of_device
from gis.frames import LocalFrame
from incidents import services
from incidents.alarms import editing
from incidents.evidence import cameras
from incidents.feeds import liaison
from incidents.feeds.dispatch import dispatch
from incidents.models import EvidenceCamera, FeedEndpoint, Incident
from incidents.own_kinds import ALARM_RULE, BARRIER_FORCED, BARRIER_HIT, DEVICE_ALARM, SMOKE_FIRE
from incidents.procedures import procedure
from incidents.suggested_steps import STEPS, suggested


@dataclass(frozen=True)
class Watched:
    """An alarm rule of the demo: a sensor's metric above a limit, until it is below another."""

    name: str
    device: str
    metric: str
    limit: float
    clear: float
    severity: str
    lasting_s: int = 0


_EXTREME, _SEVERE = Incident.Severity.EXTREME, Incident.Severity.SEVERE
_MODERATE = Incident.Severity.MODERATE
COMMUNITY = (
    Watched(_("Smoke in the garage"), "smoke-garage", "smoke.percent", 5, 2, _EXTREME),
    Watched(
        _("Distribution cabinet too hot"),
        "cabinet-temperature",
        "temperature.c",
        55,
        45,
        _MODERATE,
        60,
    ),
    Watched(_("Water in the pump room"), "leak-pump-room", "water_level.mm", 10, 2, _SEVERE),
)
PARK = (
    Watched(_("Smoke in warehouse 1"), "smoke-warehouse-1", "smoke.percent", 5, 2, _EXTREME),
    Watched(
        _("Cold store too warm"), "cold-store-temperature", "temperature.c", -12, -15, _SEVERE, 60
    ),
)
WATCHED, WATCHED_TRUCK = "鲁B9Z135", "鲁Q30718"


def watch_plate(site: Site, actor: User, approver: User, plate: str) -> None:
    """Add a plate to the watch-list, approved by another person."""
    now = clock.now()
    entry = services.add_watch_entry(
        site,
        actor,
        plate=plate,
        legal_basis="stolen_vehicle",
        document_no="SV-2026-0417",
        requesting_org=gettext("District police station"),
        requesting_officer=gettext("Officer Qian"),
        reason=gettext("reported stolen by its owner"),
        begins_at=now,
        ends_at=now + timedelta(days=60),
    )
    services.approve_watch_entry(entry, approver)


def enable_rules(site: Site, actor: User, rules: Sequence[Watched]) -> None:
    """Add alarm rules about a site's sensors, and enable them."""
    for each in rules:
        condition = {
            "type": "threshold",
            "kind": f"telemetry.{each.metric}",
            "field": "value",
            "above": True,
            "limit": each.limit,
            "clear": each.clear,
            "lasting_s": each.lasting_s,
        }
        values = editing.Values(
            name=gettext(each.name),
            kind=SMOKE_FIRE if each.metric == "smoke.percent" else ALARM_RULE,
            severity=each.severity,
            definition={"condition": condition},
            devices=[Device.objects.get(site=site, code=each.device)],
        )
        editing.enable_rule(editing.add_rule(site, actor, values), actor)


def write_procedures(site: Site, actor: User) -> None:
    """Adopt the suggested steps for each kind of incident that has some."""
    for kind in STEPS:
        services.change_procedure(site, actor, kind, suggested(kind))


def report_incidents(site: Site, guard: User, barrier: str, sensor: str) -> None:
    """Raise two incidents: a barrier that was hit and is repaired, a sensor with a low battery.

    Args:
        barrier, sensor: the codes of the devices.
    """
    write_procedures(site, guard)
    hit = _raise(site, BARRIER_HIT, barrier, Incident.Severity.MODERATE, days=6)
    services.acknowledge(hit, guard)
    for step in procedure(site.pk, BARRIER_HIT)[:2]:
        services.tick_step(hit, step, guard, done=True)
    services.comment(hit, guard, gettext("The exit is closed; the other lane is open."))
    services.review(hit, guard, confirmed=True, reason=gettext("A trailer reversed into the boom."))
    services.close(hit, guard, gettext("The boom was replaced and tested."))
    low = _raise(
        site,
        DEVICE_ALARM,
        sensor,
        Incident.Severity.MINOR,
        days=1,
        alarm="battery_low",
    )
    services.comment(low, guard, gettext("The technician brings a battery tomorrow."))


def dispatch_to_liaison(
    site: Site, officer: User, manager: User, person: User, barrier: str
) -> None:
    """Dispatch an incident to a liaison, who acknowledges it and asks back.

    Args:
        barrier: the code of the device that was forced.
    """
    endpoint = FeedEndpoint.objects.create(
        site=site,
        name=gettext("District police (liaison)"),
        kind=FeedEndpoint.Kind.LIAISON,
        legal_basis=gettext("Cooperation agreement 2026-07"),
        created_by=officer,
        approved_by=manager,
        approved_at=clock.now(),
        valid_until=clock.now() + timedelta(days=365),
    )
    endpoint.liaisons.add(person)
    incident = _raise(site, BARRIER_FORCED, barrier, Incident.Severity.SEVERE, days=2)
    services.review(
        incident, officer, confirmed=True, reason=gettext("Seen on the camera of the lane.")
    )
    dispatch(incident, officer, gettext("The driver threatened the guard."))
    delivery = endpoint.deliveries.get()
    liaison.acknowledge(delivery, person, gettext("A patrol is on its way."))
    question = liaison.ask(delivery, person, gettext("Has the car left the site?"))
    liaison.answer(question, officer, gettext("Yes, by the south gate."))


def _raise(
    site: Site, kind: str, code: str, severity: str, *, days: int, alarm: str = ""
) -> Incident:
    device = Device.objects.get(site=site, code=code)
    source = f"device:{device.pk}:{alarm}" if alarm else f"device:{device.pk}"
    detail = {"device": device.pk} | ({"alarm": alarm} if alarm else {})
    at = clock.now() - timedelta(days=days)
    return services.raise_incident(site.pk, kind, source, severity, at, detail)


def set_up_cameras(site: Site, actor: User, detector: str) -> None:
    """Have the plate cameras that take pictures by command do so for incidents at their lanes.

    The one that is nearest to a smoke detector looks at that place, too.

    Args:
        detector: the code of the device.
    """
    devices = cameras.devices_with_snapshots(site).filter(lane__isnull=False)
    added = [
        cameras.save_camera(
            site,
            actor,
            None,
            name=gettext("Camera of %(lane)s") % {"lane": device.lane.name},
            device=device,
            lanes=[device.lane],
        )
        for device in devices.select_related("lane")
    ]
    place = location_of_device(Device.objects.get(site=site, code=detector).pk).position
    placed = [each for each in added if each.longitude is not None and each.latitude is not None]
    if place is not None and placed:
        _look_at(min(placed, key=lambda each: _way(each, place)[0]), place)


def _look_at(camera: EvidenceCamera, place: Position) -> None:
    distance, direction = _way(camera, place)
    camera.direction, camera.angle, camera.range_m = round(direction) % 360, 90, int(distance) + 20
    camera.save(update_fields=["direction", "angle", "range_m"])


def _way(camera: EvidenceCamera, place: Position) -> tuple[float, float]:
    """Return how many metres a place is from a camera, and in which direction from north."""
    frame = LocalFrame(camera.longitude or 0.0, camera.latitude or 0.0)
    east, north = frame.to_metres(place)
    return math.hypot(east, north), math.degrees(math.atan2(east, north))
