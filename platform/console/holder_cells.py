"""Cells of lists that show people and companies."""

from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from people.permissions import PeoplePermission
from ui.lists.cells import RowPage, link
from ui.templatetags.gatehouse import plate


def holder(row: Any, page: RowPage) -> object:
    """Return the person or company of an occupancy or a vehicle, with a link if permitted."""
    return _linked(row, row.holder, page)


def tenant(row: Any, page: RowPage) -> object:
    """Return the tenant of a lease, with a link if permitted."""
    return _linked(row, row.tenant, page)


def _linked(row: Any, found: Any, page: RowPage) -> object:
    if PeoplePermission.VIEW_PEOPLE not in page.permissions:
        return found.name
    if row.person_id is not None:
        return link(page.address("console:person", row.person_id), found)
    return link(page.address("console:company", row.company_id), found)


def occupants(unit: Any, page: RowPage) -> SafeString:
    """Return who is registered in a unit today (``running``)."""
    return format_html_join(", ", "{}", ((holder(each, page),) for each in unit.running))


def cars(row: Any, _page: RowPage) -> SafeString:
    """Return the plates of a person's or a company's current cars (``cars``)."""
    return format_html_join(" ", "{}", ((plate(car.plate),) for car in row.cars))
