"""What the search box finds of people and companies."""

from django.urls import reverse

from core.models import Site
from people.selectors import find_companies, find_people
from ui.sections import Hit


def find_persons(site: Site, text: str, most: int) -> list[Hit]:
    """Return the people by name, unit, car or the end of the phone number."""
    return [
        Hit(each.name, reverse("console:person", args=[site.slug, each.pk]), each.homes, "user")
        for each in find_people(site, text)[:most]
    ]


def find_firms(site: Site, text: str, most: int) -> list[Hit]:
    """Return the companies by name, unit, contact or tax number."""
    return [
        Hit(
            each.name, reverse("console:company", args=[site.slug, each.pk]), each.homes, "building"
        )
        for each in find_companies(site, text)[:most]
    ]
