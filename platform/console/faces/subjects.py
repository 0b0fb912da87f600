"""The person of an address."""

from django.shortcuts import get_object_or_404

from core.models import Site
from people.models import Person


def person_or_404(site: Site, pk: int) -> Person:
    """Return a person of the site whose data was not erased.

    Raises:
        Http404: there is none.
    """
    rows = Person.objects.select_related("site__organisation")
    return get_object_or_404(rows, site=site, pk=pk, erased_at=None)
