"""The pages of a person, a company and an occupancy, with everything that is linked to them."""

from typing import Any

from django.http import HttpResponse

from console.pages import render_page
from console.people.linked import linked_to
from console.people.subjects import company_or_404, occupancy_or_404, person_or_404
from core import audit
from core.models import Site
from people import consents, directory, erasure
from people.models import Occupancy
from people.periods import today
from people.permissions import PeoplePermission
from ui.pages import SiteRequest, site_page


@site_page(PeoplePermission.VIEW_PEOPLE)
def person(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a person: homes, cars, stays, bills, incidents, consents, history."""
    found = person_or_404(site, pk)
    audit.record_read(site, request.user, "read person", ("person", pk))
    context = {
        "person": found,
        "occupancies": with_state(list(directory.occupancies_held(found))),
        "consents": consents.consents_of(found),
        "erasure": erasure.latest_erasure(found),
        **linked_to(request, found),
    }
    return render_page(request, "console/people/person.html", context, "people")


@site_page(PeoplePermission.VIEW_PEOPLE)
def company(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a company: units, staff, cars, stays, history."""
    found = company_or_404(site, pk)
    audit.record_read(site, request.user, "read company", ("company", pk))
    context = {
        "company": found,
        "occupancies": with_state(list(directory.occupancies_held(found))),
        "staff": directory.staff_of(found),
        **linked_to(request, found),
    }
    return render_page(request, "console/people/company.html", context, "people")


@site_page(PeoplePermission.VIEW_PEOPLE)
def occupancy(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show an occupancy: who, where, since when, which fees it pays, who else is there."""
    found = occupancy_or_404(site, pk)
    holder = found.holder
    audit.record_read(site, request.user, "read occupancy", ("occupancy", pk))
    others = directory.occupancies_there(found.place).exclude(pk=pk)
    context = {
        "occupancy": found,
        "state": state_of(found),
        "kind": str(holder._meta.model_name),
        "payers": found.payer_periods.order_by("fee_kind", "-begins_on"),
        "others": with_state([each for each in others if state_of(each) != "ended"]),
    }
    return render_page(request, "console/people/occupancy.html", context, "people")


def state_of(occupancy: Occupancy) -> str:
    """Return whether an occupancy is ``running``, ``coming`` or ``ended``."""
    day = today(occupancy.site)
    if occupancy.ends_on is not None and occupancy.ends_on <= day:
        return "ended"
    return "running" if occupancy.begins_on <= day else "coming"


def with_state(rows: list[Occupancy]) -> list[dict[str, Any]]:
    """Return occupancies with their states: running ones first, ended ones last."""
    found = [{"row": row, "state": state_of(row)} for row in rows]
    order = ("running", "coming", "ended")
    return sorted(found, key=lambda each: order.index(each["state"]))
