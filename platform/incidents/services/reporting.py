"""Report incidents by hand: what a person saw, where, and how bad it is."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock
from core.errors import Rejection
from core.ids import public_id
from core.models import Site, User
from estate.locations import NOWHERE, Location, location_of_place
from incidents import kinds, timeline
from incidents.models import Incident
from incidents.services.raising import raise_incident
from incidents.severities import Severity

REPORTED = timeline.declare("reported", gettext_lazy("Reported by a person"))
MAX_SEEN, _LONGEST_PLACE = 1000, 160
_TOKEN = 10  # characters that make each report a cause of its own


@dataclass(frozen=True)
class Report:
    """What a person reports.

    Attributes:
        kind: the code of a kind that may be reported (`incidents.reported_kinds`).
        seen: in the person's words.
        where: a place of the site, such as ``gate:3``; empty if it is none of them.
        exact: where there, in words.
        severity: empty for the one where the kind begins.
    """

    kind: str
    seen: str
    where: str = ""
    exact: str = ""
    severity: str = ""


@transaction.atomic
def report_incident(site: Site, actor: User, report: Report) -> Incident:
    """Raise a real incident that a person has seen; each report is an incident of its own.

    Raises:
        Rejection: the kind, the severity or the place is unknown, or nothing is described.
    """
    incident = raise_reported(site, report, f"report:{public_id(_TOKEN)}")
    timeline.record(incident, REPORTED, actor)
    subject = ("incident", incident.pk)
    audit.record(site, actor, "report incident", subject, kind=incident.kind)
    return incident


def raise_reported(site: Site, report: Report, source: str, *, exercise: bool = False) -> Incident:
    """Raise the incident of a report, in the caller's transaction.

    Raises:
        Rejection: the kind, the severity or the place is unknown, or nothing is described.
    """
    place = _validate(site, report)
    severity = report.severity or kinds.get(report.kind).severity
    detail: dict[str, Any] = {"seen": report.seen.strip()}
    incident = raise_incident(
        site.pk, report.kind, source, severity, clock.now(), detail, exercise=exercise
    )
    label = " · ".join(filter(None, [place.label, report.exact.strip()]))
    incident.place = label[:_LONGEST_PLACE]
    incident.lot_id, incident.building_id = place.lot_id, place.building_id
    incident.longitude, incident.latitude = place.position or (None, None)
    incident.save(update_fields=["place", "lot", "building", "longitude", "latitude"])
    return incident


def _validate(site: Site, report: Report) -> Location:
    """Validate a report and return where it is."""
    if not kinds.get(report.kind).reportable:
        raise Rejection("kind", "not_a_choice", _("unknown kind"), _("choose one of the list"))
    if report.severity and report.severity not in Severity:
        raise Rejection("severity", "not_a_choice", _("unknown severity"), _("choose another one"))
    if not report.seen.strip():
        raise Rejection("seen", "missing", _("this field is required"), _("describe what was seen"))
    if len(report.seen) > MAX_SEEN:
        raise Rejection("seen", "too_long", _("the text is too long"), _("shorten it"))
    place = location_of_place(site.pk, report.where) if report.where else NOWHERE
    if place is None:
        raise Rejection("where", "not_a_choice", _("unknown place"), _("choose one of the list"))
    if place == NOWHERE and not report.exact.strip():
        raise Rejection("exact", "missing", _("a place is required"), _("enter where it is"))
    return place
