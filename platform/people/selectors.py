"""Read the register of people and vehicles."""

from django.db.models import Q, QuerySet

from core import clock
from core.models import Site
from people.models import Vehicle


def vehicles(site: Site, *, ended: bool = False) -> QuerySet[Vehicle]:
    """Return the vehicles registered at the site, newest first; ended ones on request."""
    registered = Vehicle.objects.filter(site=site).select_related("person__unit__building")
    if not ended:
        registered = registered.filter(Q(ends_at=None) | Q(ends_at__gt=clock.now()))
    return registered.order_by("-pk")
