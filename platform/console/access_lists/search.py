"""What the search box finds of people and their cars."""

from django.urls import reverse

from core.models import Site
from core.plates import fold
from people.models import Vehicle
from people.selectors import find_people
from ui.sections import Hit


def find_persons(site: Site, text: str, most: int) -> list[Hit]:
    """Return the people by name, unit, car or the end of the phone number."""
    return [
        Hit(person.name, _vehicles(site), person.homes, "user")
        for person in find_people(site, text)[:most]
    ]


def find_vehicles(site: Site, text: str, most: int) -> list[Hit]:
    """Return the registered cars whose plate contains the text."""
    part = fold(text)
    if not part:
        return []
    found = Vehicle.objects.filter(site=site, folded__contains=part).select_related(
        "person", "company"
    )
    rows = found.order_by("-pk")[:most]
    return [Hit(row.plate, _vehicles(site), row.holder.name, "car") for row in rows]


def _vehicles(site: Site) -> str:
    return reverse("console:access_vehicles", args=[site.slug])
