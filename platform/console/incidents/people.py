"""The staff that incidents name and can be assigned to."""

from core.models import Site, User
from core.permissions import may
from incidents.permissions import IncidentPermission
from people.colleagues import colleagues


def name_of(user: User | None) -> str:
    """Return what colleagues call a person; empty for the system."""
    return (user.get_full_name() or user.get_username()) if user else ""


def assignable(site: Site) -> list[User]:
    """Return the colleagues who may see the incidents of a site, by name."""
    rows = colleagues(site).filter(is_active=True)
    found = [each for each in rows if may(each, site, IncidentPermission.VIEW_INCIDENTS)]
    return sorted(found, key=lambda user: name_of(user).casefold())
