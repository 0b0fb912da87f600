"""Handle events: a site's creator becomes its manager; rights end with the last occupancy."""

from core.events import subscribe
from core.models import Site
from core.permissions import StandardRole
from estate.events import SiteCreated
from people.accounts.bindings import end_bindings_of
from people.events import LastOccupancyEnded
from people.models import Company, Holder, Person
from people.services import end_vehicles_of
from people.staff import grant_role


def register() -> None:
    """Subscribe to the events of sites and of occupancies."""
    subscribe(SiteCreated, _on_site_created)
    subscribe(LastOccupancyEnded, _on_last_occupancy_ended)


def _on_site_created(event: SiteCreated) -> None:
    if event.actor:
        site = Site.objects.get(pk=event.site_id)
        grant_role(site, event.actor, StandardRole.MANAGER, event.actor)


def _on_last_occupancy_ended(event: LastOccupancyEnded) -> None:
    holder = _holder_of(event)
    end_vehicles_of(holder, event.actor, event.at)
    if isinstance(holder, Person):
        end_bindings_of(holder, event.actor, event.at)


def _holder_of(event: LastOccupancyEnded) -> Holder:
    if event.person_id is not None:
        return Person.objects.get(pk=event.person_id)
    return Company.objects.get(pk=event.company_id or 0)
