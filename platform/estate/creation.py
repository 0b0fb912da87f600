"""Create sites and their places; each is audited with its code."""

from typing import TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.events import publish
from core.models import Site, User
from estate.events import LaneChanged
from estate.models import Bay, Building, Gate, Lane, Lot, Unit

Ring = list[list[float]]
Actor = User | str
Place = TypeVar("Place", Building, Unit, Lot, Bay, Gate, Lane)


@transaction.atomic
def create_site(
    actor: Actor,
    *,
    slug: str,
    name: str,
    timezone: str,
    currency: str,
    longitude: float = 0.0,
    latitude: float = 0.0,
) -> Site:
    """Create a site.

    Args:
        slug: its name in addresses and topics; unique.
        timezone: an IANA name.
        currency: an ISO 4217 code.
        longitude, latitude: degrees in WGS-84.

    Raises:
        Rejection: the slug is used already.
        ValidationError: a value is malformed, such as an unknown timezone.
    """
    site = Site(
        slug=slug,
        name=name,
        timezone=timezone,
        currency=currency,
        longitude=longitude,
        latitude=latitude,
    )
    site.clean_fields()
    _insert(site, "slug", slug)
    audit.record(site, actor, "create site", ("site", site.pk), slug=slug)
    return site


def create_building(
    site: Site, actor: Actor, *, code: str, name: str, outline: Ring | None = None
) -> Building:
    """Create a building.

    Raises:
        Rejection: the site has a building of that code.
    """
    building = Building(site=site, code=code, name=name, outline=outline or [])
    return _create(building, site, actor)


def create_unit(building: Building, actor: Actor, *, code: str) -> Unit:
    """Create a unit in a building.

    Raises:
        Rejection: the building has a unit of that code.
    """
    return _create(Unit(building=building, code=code), building.site, actor)


def create_lot(
    site: Site, actor: Actor, *, code: str, name: str, capacity: int, outline: Ring | None = None
) -> Lot:
    """Create a car park for so many cars.

    Raises:
        Rejection: the site has a lot of that code.
    """
    lot = Lot(site=site, code=code, name=name, capacity=capacity, outline=outline or [])
    return _create(lot, site, actor)


def create_bay(lot: Lot, actor: Actor, *, code: str, outline: Ring | None = None) -> Bay:
    """Create a bay; its status is unknown until a sensor reports it.

    Raises:
        Rejection: the lot has a bay of that code.
    """
    return _create(Bay(lot=lot, code=code, outline=outline or []), lot.site, actor)


def create_gate(
    site: Site,
    actor: Actor,
    *,
    code: str,
    name: str,
    longitude: float = 0.0,
    latitude: float = 0.0,
) -> Gate:
    """Create a gate at a position in degrees, WGS-84.

    Raises:
        Rejection: the site has a gate of that code.
    """
    gate = Gate(site=site, code=code, name=name, longitude=longitude, latitude=latitude)
    return _create(gate, site, actor)


@transaction.atomic
def create_lane(gate: Gate, lot: Lot, actor: Actor, *, direction: str, name: str) -> Lane:
    """Create a lane of a gate into or out of a lot, whose code is its direction.

    Its camera and barrier are assigned by `estate.services`.

    Raises:
        Rejection: the gate has a lane of that direction.
    """
    lane = Lane(gate=gate, lot=lot, code=direction, direction=direction, name=name)
    _create(lane, gate.site, actor)
    publish(LaneChanged(gate.site_id, lane.pk))
    return lane


@transaction.atomic
def _create(place: Place, site: Site, actor: Actor) -> Place:
    _insert(place, "code", place.code)
    kind = place._meta.model_name or ""
    audit.record(site, actor, f"create {kind}", (kind, place.pk), code=place.code)
    return place


def _insert(row: models.Model, field: str, code: str) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Rejection(
            field,
            "already_used",
            _("%(code)s is already in use") % {"code": code},
            _("choose another code"),
        ) from error
