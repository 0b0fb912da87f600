"""The incidents that a person may see: technicians see those of devices alone."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from core.models import Site
from incidents.models import Incident
from incidents.visibility import visible
from ui.pages import SiteRequest


def visible_incidents(request: SiteRequest, site: Site) -> QuerySet[Incident]:
    """Return the incidents of a site that the person may see, also those that have ended."""
    people = ("acked_by", "reviewed_by", "assigned_to")
    rows = Incident.objects.filter(site=site).select_related("watch_entry", "rule", "site", *people)
    return visible(rows, request.site_permissions)


def visible_incident(request: SiteRequest, site: Site, pk: int) -> Incident:
    """Return an incident that the person may see.

    Raises:
        Http404: there is none of that key, or the person may not see it.
    """
    return get_object_or_404(visible_incidents(request, site), pk=pk)
