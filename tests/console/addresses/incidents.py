"""The addresses of incidents: name, permission, row of the world, POST only."""

from incidents.permissions import IncidentPermission

ADDRESSES = {
    "incidents": (IncidentPermission.VIEW_INCIDENTS, "", False),
    "incident": (IncidentPermission.VIEW_INCIDENTS, "incident", False),
    "acknowledge": (IncidentPermission.VIEW_INCIDENTS, "incident", True),
    "review_incident": (IncidentPermission.REVIEW_INCIDENT, "incident", False),
    "close_incident": (IncidentPermission.REVIEW_INCIDENT, "incident", False),
}
