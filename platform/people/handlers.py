"""Handle events of the estate: whoever creates a site becomes its manager."""

from core.events import subscribe
from core.models import Site
from core.permissions import StandardRole
from estate.events import SiteCreated
from people.staff import grant_role


def register() -> None:
    """Subscribe to the events of sites."""
    subscribe(SiteCreated, _on_site_created)


def _on_site_created(event: SiteCreated) -> None:
    if event.actor:
        site = Site.objects.get(pk=event.site_id)
        grant_role(site, event.actor, StandardRole.MANAGER, event.actor)
