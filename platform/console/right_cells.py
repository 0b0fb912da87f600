"""Whom a right at doors is for, on pages and in lists."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.safestring import SafeString

from doors.holders import name_of
from doors.models import Right
from estate.permissions import EstatePermission
from people.permissions import PeoplePermission
from ui.lists.cells import RowPage, escaped, link

# The page of each kind of holder, and who may open it; a role has none.
_PAGES = {
    Right.Who.PERSON: ("console:person", PeoplePermission.VIEW_PEOPLE),
    Right.Who.HOUSEHOLD: ("console:place_unit", EstatePermission.MANAGE_PLACES),
    Right.Who.BUILDING: ("console:place_building", EstatePermission.MANAGE_PLACES),
    Right.Who.COMPANY: ("console:company", PeoplePermission.VIEW_PEOPLE),
}


def right_holder(right: Right, page: RowPage) -> SafeString:
    """Return whom a right is for, with a link to their page if permitted."""
    return _linked(right, page.permissions, page.address)


def holder_on_page(right: Right, slug: str, permissions: frozenset[str]) -> SafeString:
    """Return the same for a page that is no list."""
    return _linked(right, permissions, lambda name, pk: reverse(name, args=[slug, pk]))


def _linked(
    right: Right, permissions: frozenset[str], address: Callable[[str, int], str]
) -> SafeString:
    url_name, permission = _PAGES.get(Right.Who(right.who), ("", ""))
    holder = right.holder
    if holder is None or permission not in permissions:
        return escaped(name_of(right))
    return link(address(url_name, holder.pk), name_of(right))
