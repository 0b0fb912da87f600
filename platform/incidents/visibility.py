"""Who may see which incidents: all of a site's, or those alone that mean work on a device."""

from collections.abc import Collection

from django.db.models import QuerySet

from incidents import kinds
from incidents.models import Incident
from incidents.permissions import IncidentPermission


def permission_to_see(kind: str) -> str:
    """Return what people need to see incidents of a kind."""
    if kinds.get(kind).of_devices:
        return IncidentPermission.VIEW_DEVICE_INCIDENTS
    return IncidentPermission.VIEW_INCIDENTS


def sees_devices_alone(permissions: Collection[str]) -> bool:
    """Whether people with these permissions see the incidents of devices and no others."""
    return IncidentPermission.VIEW_INCIDENTS not in permissions


def visible(rows: QuerySet[Incident], permissions: Collection[str]) -> QuerySet[Incident]:
    """Filter incidents by what people with these permissions may see."""
    if sees_devices_alone(permissions):
        return rows.filter(kind__in=kinds.codes_of_devices())
    return rows
