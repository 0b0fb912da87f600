"""The pictures of an incident beside the board: those that cameras took of what happened last."""

from dataclasses import dataclass

from django.utils.functional import Promise

from access.permissions import AccessPermission
from console.evidence_pieces import failed_pictures, is_waiting
from core import audit
from incidents.evidence.collecting import latest_pictures
from incidents.models import Evidence, Incident
from incidents.permissions import IncidentPermission
from ui.pages import SiteRequest

_NEEDED = {IncidentPermission.VIEW_INCIDENTS.value, AccessPermission.VIEW_PHOTOS.value}


@dataclass(frozen=True)
class Pictures:
    """What the board shows of an incident's pictures.

    Attributes:
        taken: at 0, 3 and 10 s, as far as they have come.
        hidden: how many were taken, if the person may not see them.
        waiting: whether others are still being taken.
        problem: why there are none; empty where none was asked for.
    """

    taken: list[Evidence]
    hidden: int = 0
    waiting: bool = False
    problem: str | Promise = ""


def pictures_of(request: SiteRequest, incident: Incident) -> Pictures:
    """Return the pictures of an incident for people who may see them, and audit the view."""
    taken = latest_pictures(incident)
    if not request.site_permissions >= _NEEDED:
        return Pictures([], hidden=len(taken))
    if taken:
        audit.record_read(request.site, request.user, "read evidence", ("incident", incident.pk))
        return Pictures(taken)
    if is_waiting(incident):
        return Pictures([], waiting=True)
    failed = failed_pictures(incident)
    return Pictures([], problem=failed[-1][1] if failed else "")
