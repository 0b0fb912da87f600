"""What other areas have of a person or a company, as far as the user may see it."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from billing.outstanding import bills_of
from billing.payers import key_of, party_of_holder
from billing.permissions import BillingPermission
from console.door_credentials import credentials_of
from core import clock
from core.sealed_text import seal
from doors.admission import reach_of
from doors.device_lists.selectors import entries_of
from doors.faces.selectors import enrolment_of
from doors.permissions import DoorPermission
from incidents.models import Incident
from incidents.permissions import IncidentPermission
from parking import selectors as parking
from parking.permissions import ParkingPermission
from people.directory import vehicles_held
from people.models import Holder, Person, Vehicle
from ui.pages import SiteRequest

_SHOWN = 8


def linked_to(request: SiteRequest, holder: Holder) -> dict[str, Any]:
    """Return cars, cards, the latest stays, bills and incidents of a person or company."""
    permitted = request.site_permissions
    held = list(vehicles_held(holder))
    cars = sorted(filter(_has_plate, held), key=lambda car: car.begins_at, reverse=True)
    found: dict[str, Any] = {"cars": held}
    if isinstance(holder, Person) and DoorPermission.VIEW_CARDS in permitted:
        found["credentials"] = credentials_of(request, holder)
    if isinstance(holder, Person) and DoorPermission.MANAGE_FACES in permitted:
        found["face"] = enrolment_of(holder)
    if isinstance(holder, Person) and DoorPermission.MANAGE_RIGHTS in permitted:
        found["loaded"] = entries_of(holder.pk)
        found["reach"] = reach_of(holder, clock.now())
    if ParkingPermission.VIEW_STAYS in permitted:
        found |= {"stays": _stays(request, cars), "stay_lists": _stay_lists(request, cars)}
    if BillingPermission.VIEW_MONEY in permitted:
        payer = party_of_holder(holder)
        found["bills"] = list(bills_of(request.site, payer)[:_SHOWN])
        found["payer_key"] = key_of(payer)
    if IncidentPermission.VIEW_INCIDENTS in permitted:
        found["incidents"] = _incidents(request, cars)
    return found


def _has_plate(car: Vehicle) -> bool:
    return bool(car.plate)


def _stays(request: SiteRequest, cars: list[Vehicle]) -> list[Any]:
    """Return the latest stays of the cars while they were registered."""
    own = Q(pk__in=[])
    for car in cars:
        then = Q(folded=car.folded, plate=car.plate, entered_at__gte=car.begins_at)
        own |= then & Q(entered_at__lt=car.ends_at) if car.ends_at else then
    return list(parking.stays(request.site).filter(own)[:_SHOWN]) if cars else []


def _stay_lists(request: SiteRequest, cars: list[Vehicle]) -> list[tuple[str, str]]:
    """Return the plates with the addresses of their stays; an address holds the plate sealed."""
    address = reverse("console:stays", args=[request.site.slug])
    plates = dict.fromkeys(car.plate for car in cars)
    return [(plate, f"{address}?{urlencode({'q': seal(plate)})}") for plate in plates]


def _incidents(request: SiteRequest, cars: list[Vehicle]) -> list[Incident]:
    """Return the latest incidents about the cars, while they were registered."""
    own = Q(pk__in=[])
    for car in cars:
        about = Q(watch_entry__folded=car.folded, watch_entry__plate=car.plate)
        own |= about & Q(last_at__gte=car.begins_at)
    rows = Incident.objects.filter(own, site=request.site).select_related("watch_entry")
    return list(rows.order_by("-last_at", "-pk")[:_SHOWN]) if cars else []
