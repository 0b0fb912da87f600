"""The cameras that take pictures of incidents: their registration, and which one sees a place."""

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.models import Site, User
from core.network_rules import may_be_allowed, parse_networks
from core.sealed_secrets import seal, unseal
from devices import drivers
from devices.models import Device
from estate.locations import Position, location_of_device
from estate.models import Lane
from gis.fields_of_view import FieldOfView
from incidents.evidence.ports import SnapshotTarget
from incidents.models import CameraNetworks, EvidenceCamera

SNAPSHOT = "snapshot"


@transaction.atomic
def save_camera(
    site: Site,
    actor: User,
    camera: EvidenceCamera | None,
    *,
    password: str = "",
    lanes: Collection[Lane] = (),
    **values: Any,
) -> EvidenceCamera:
    """Add a camera, or change one; an empty password keeps the one that is stored.

    Args:
        lanes: that it shows, whatever their position.
        values: the other columns that people enter.

    Raises:
        Rejection: the name is taken, the source is missing, the address is invalid, or the device
            takes no pictures.
    """
    camera = EvidenceCamera(site=site) if camera is None else camera
    former = camera.url
    for name, value in values.items():
        setattr(camera, name, value)
    _validate(camera)
    _place(camera)
    if camera.url != former:
        # A password is sent to the address that it was entered for, and to no other.
        camera.password = ""
    camera.save()
    if password:
        camera.password = seal(password, _context(camera))
        camera.save(update_fields=["password"])
    camera.lanes.set(lanes)
    detail = {"name": camera.name, "host": urlsplit(camera.url).hostname or ""}
    audit.record(site, actor, "set evidence camera", ("evidence_camera", camera.pk), **detail)
    return camera


@transaction.atomic
def remove_camera(camera: EvidenceCamera, actor: User) -> None:
    """Remove a camera; the pictures that it took stay."""
    subject = ("evidence_camera", camera.pk)
    audit.record(camera.site, actor, "remove evidence camera", subject, name=camera.name)
    camera.delete()


@transaction.atomic
def set_networks(site: Site, actor: User, texts: Sequence[str]) -> None:
    """Set the private networks in which a site's cameras may be reached.

    Raises:
        Rejection: a network is malformed, or is never allowed, or the user is no administrator.
    """
    if not actor.is_superuser:
        raise Rejection(
            "networks",
            "administrators_only",
            _("only an administrator may allow networks"),
            _("ask an administrator of the installation"),
        )
    try:
        networks = parse_networks(texts)
    except ValueError as error:
        hint = _("enter networks such as 192.168.20.0/24")
        raise Rejection("networks", "not_a_network", _("this is not a network"), hint) from error
    refused = [str(each) for each in networks if not may_be_allowed(each)]
    if refused:
        problem = _("%(network)s is never allowed") % {"network": refused[0]}
        raise Rejection("networks", "never_allowed", problem, _("enter the cameras' network"))
    row, _created = CameraNetworks.objects.get_or_create(site=site)
    before, row.networks = row.networks, [str(each) for each in networks]
    row.save(update_fields=["networks"])
    changed = [before, row.networks]
    audit.record(site, actor, "set camera networks", ("site", site.pk), networks=changed)


def networks_of(site_id: int) -> tuple[str, ...]:
    """Return the private networks in which a site's cameras may be reached."""
    row = CameraNetworks.objects.filter(site=site_id).first()
    return tuple(row.networks) if row else ()


def target_of(camera: EvidenceCamera) -> SnapshotTarget:
    """Return where a camera hands out pictures, with its credentials.

    Raises:
        core.sealed_secrets.UnreadableSecretError: of another master key.
    """
    password = unseal(camera.password, _context(camera))
    return SnapshotTarget(camera.url, camera.username, password, networks_of(camera.site_id))


def cameras_of(site: Site) -> QuerySet[EvidenceCamera]:
    """Return a site's cameras by name."""
    rows = EvidenceCamera.objects.filter(site=site).select_related("device", "site")
    return rows.prefetch_related("lanes").order_by("name", "pk")


def devices_with_snapshots(site: Site) -> QuerySet[Device]:
    """Return a site's devices that take pictures by command."""
    names = [name for name, each in drivers.DRIVERS.items() if SNAPSHOT in each.MANIFEST.actions]
    return Device.objects.filter(site=site, enabled=True, driver__in=names).order_by("code")


def cameras_for(
    site_id: int, position: Position | None, lane_id: int | None
) -> list[EvidenceCamera]:
    """Return the cameras that see a place: those set for its lane, then the nearest in view."""
    rows = EvidenceCamera.objects.filter(site=site_id, enabled=True)
    rows = rows.filter(Q(device=None) | Q(device__enabled=True)).select_related("device", "site")
    of_lane = set(rows.filter(lanes=lane_id).values_list("pk", flat=True)) if lane_id else set()
    ranked = []
    for camera in rows.order_by("pk"):
        distance = _distance(camera, position)
        if camera.pk in of_lane or distance is not None:
            ranked.append((camera.pk not in of_lane, distance or 0.0, camera.pk, camera))
    return [camera for *_rank, camera in sorted(ranked, key=lambda each: each[:3])]


def record_result(camera: EvidenceCamera, problem: str) -> None:
    """Store how the last picture of a camera ended: a code, or empty."""
    EvidenceCamera.objects.filter(pk=camera.pk).update(problem=problem, tested_at=clock.now())


def _distance(camera: EvidenceCamera, position: Position | None) -> float | None:
    if position is None or camera.longitude is None or camera.latitude is None:
        return None
    view = FieldOfView(
        camera.longitude, camera.latitude, camera.direction, camera.angle, camera.range_m
    )
    return view.distance_to(position)


def _place(camera: EvidenceCamera) -> None:
    """Take the position of the device where none was entered."""
    if camera.longitude is None and camera.device_id is not None:
        found = location_of_device(camera.device_id).position
        camera.longitude, camera.latitude = found or (None, None)


def _validate(camera: EvidenceCamera) -> None:
    if bool(camera.url) == (camera.device is not None):
        raise Rejection(
            "url",
            "one_source",
            _("enter an address or choose a device"),
            _("a camera has one of the two"),
        )
    same = EvidenceCamera.objects.filter(site=camera.site, name=camera.name)
    if same.exclude(pk=camera.pk).exists():
        raise Rejection("name", "taken", _("this name is taken"), _("choose another name"))
    if (camera.longitude is None) != (camera.latitude is None):
        raise Rejection(
            "latitude", "missing", _("a position has two numbers"), _("enter both or none")
        )
    if camera.url:
        _validate_url(camera.url)


def _validate_url(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise Rejection(
            "url",
            "invalid_address",
            _("this is not the address of a picture"),
            _("enter an http or https address without a user name"),
        )


def _context(camera: EvidenceCamera) -> str:
    return f"evidence camera:{camera.pk}"
