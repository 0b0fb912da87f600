"""The rows of the board: what they show, ready for the template."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.text import capfirst

from access.permissions import AccessPermission
from devices.labels import alarm_label
from incidents import kinds, triage
from incidents.models import Incident
from incidents.severities import Severity
from ui.pages import SiteRequest

_STATES, _SEVERITIES = dict(Incident.State.choices), dict(Severity.choices)
_TONES: dict[str, str] = {
    Incident.State.DETECTED: "stop",
    Incident.State.TRIAGE: "wait",
    Incident.State.CONFIRMED: "stop",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One incident on the board.

    Attributes:
        order: rows sort by this text.
        version: differs when the row would be rendered differently.
        owner: who is on it; empty for nobody.
        photo: the address of the picture of the car that was seen last; empty for none.
    """

    incident: Incident
    title: str
    severity: str
    state: str
    tone: str
    owner: str
    photo: str
    order: str
    version: str

    @property
    def is_new(self) -> bool:
        """Whether nobody has acknowledged it."""
        return self.incident.acked_by_id is None


def rows_of(request: SiteRequest, incidents: Iterable[Incident]) -> list[Row]:
    """Return the rows of incidents of `incidents.triage.open_incidents`."""
    sees_photos = AccessPermission.VIEW_PHOTOS in request.site_permissions
    return [_row(request, each, sees_photos) for each in incidents]


def _row(request: SiteRequest, incident: Incident, sees_photos: bool) -> Row:
    passage = getattr(incident, "passage", None)
    photo = ""
    if passage and sees_photos:
        photo = reverse("console:photo", args=[request.site.slug, passage])
    owner = incident.assigned_to or incident.acked_by
    return Row(
        incident=incident,
        title=title_of(incident),
        severity=str(_SEVERITIES[incident.severity]),
        state=str(_STATES[incident.state]),
        tone=_TONES.get(incident.state, ""),
        owner=owner.display_name if owner else "",
        photo=photo,
        order=triage.order_key(incident),
        version=triage.version_of(incident),
    )


def title_of(incident: Incident) -> str:
    """Return what an incident is called: its rule, its kind, or its kind with the alarm."""
    if incident.rule is not None:
        return incident.rule.name
    title = str(kinds.get(incident.kind).label)
    *_subject, part = incident.source.split(":") if incident.source.count(":") == 2 else [""]
    if part and incident.kind == "device_alarm":
        title = f"{title}: {alarm_label(part)}"
    return str(capfirst(title))
