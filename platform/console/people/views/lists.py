"""The lists of people, companies and occupancies."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from console.pages import render_list
from console.people.listing import COMPANIES, OCCUPANCIES, PEOPLE
from core.models import Site
from people.permissions import PeoplePermission
from ui.lists import Listing, list_page
from ui.pages import SiteRequest, site_page

TABS = [
    (PEOPLE, "console:people"),
    (COMPANIES, "console:companies"),
    (OCCUPANCIES, "console:occupancies"),
]


def _list_view(listing: Listing) -> Callable[..., HttpResponseBase]:
    @site_page(PeoplePermission.VIEW_PEOPLE)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: SiteRequest, site: Site) -> HttpResponseBase:
        render = render_list(request, "people", "console/people/list.html")
        return list_page(request, listing, render, tabs=TABS)

    return view


people, companies, occupancies = map(_list_view, (PEOPLE, COMPANIES, OCCUPANCIES))
