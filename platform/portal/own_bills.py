"""Which bills a resident sees: their own, and those of the heads of a household they belong to."""

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from billing.models import Bill
from billing.outstanding import with_state
from people.accounts.homes import Home, heads_of
from portal.residents import HomeRequest, MissingRight, homes_with

SEE, PAY = "may_see_bills", "may_pay"


def visible_bills(request: HomeRequest) -> QuerySet[Any]:
    """Return the bills that the resident may see, newest first, with their state.

    Raises:
        MissingRight: the resident may see the bills of no home.
    """
    return _bills(request, homes_with(request, SEE))


def bill_or_404(request: HomeRequest, pk: int) -> Bill:
    """Return a bill that the resident may see.

    Raises:
        Http404: there is no such bill.
    """
    found: Bill = get_object_or_404(visible_bills(request), pk=pk)
    return found


def payable_bills(request: HomeRequest) -> list[Bill]:
    """Return the bills that the resident may pay and of which something is owed, by due date."""
    try:
        homes = homes_with(request, PAY)
    except MissingRight:
        return []
    return list(_bills(request, homes).filter(owed__gt=0).order_by("due_on", "pk"))


def _bills(request: HomeRequest, homes: list[Home]) -> QuerySet[Any]:
    own = Q(payer_id=str(request.person.pk))
    for home in homes:
        heads = [str(head.pk) for head in heads_of(home.unit)]
        own |= Q(unit=home.unit, payer_id__in=heads, issued_on__gte=home.occupancy.begins_on)
    rows = Bill.objects.filter(own, site=request.site, payer_type="person")
    return with_state(rows.select_related("site", "unit")).order_by("-issued_on", "-pk")
