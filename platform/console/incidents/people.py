"""The staff that incidents name and can be assigned to."""

from core.models import User
from core.permissions import may
from incidents.models import Incident
from incidents.visibility import permission_to_see
from people.colleagues import colleagues


def assignable(incident: Incident) -> list[User]:
    """Return the colleagues who may see an incident, by name."""
    rows, permission = (
        colleagues(incident.site).filter(is_active=True),
        permission_to_see(incident.kind),
    )
    found = [each for each in rows if may(each, incident.site, permission)]
    return sorted(found, key=lambda user: user.display_name.casefold())
