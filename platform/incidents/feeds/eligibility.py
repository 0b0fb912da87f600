"""Which endpoints receive an incident, and why one may not be dispatched."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from core.models import Site, User
from core.permissions import may
from core.severities import rank
from incidents import kinds
from incidents.feeds.content import PLATE_KIND
from incidents.models import FeedEndpoint, FeedMessage, Incident
from incidents.permissions import IncidentPermission

_REVIEWED = (Incident.State.CONFIRMED, Incident.State.DISPATCHED, Incident.State.ACKNOWLEDGED)


def valid_endpoints(site: Site) -> QuerySet[FeedEndpoint]:
    """Return the site's approved endpoints that have not expired; paused ones keep a queue."""
    found = FeedEndpoint.objects.filter(site=site, valid_until__gt=clock.now())
    return found.exclude(approved_by=None).order_by("pk")


def receives(endpoint: FeedEndpoint, incident: Incident) -> bool:
    """Return whether an endpoint is sent such incidents: by kind, severity and exercise."""
    return (
        endpoint.exercise == incident.exercise
        # GA/T 1400 has notifications about dispositions alone.
        and (endpoint.kind != FeedEndpoint.Kind.VIID or incident.kind == PLATE_KIND)
        and (not endpoint.event_types or incident.kind in endpoint.event_types)
        and rank(incident.severity) >= rank(endpoint.min_severity)
    )


def endpoints_for(incident: Incident, type: str = FeedMessage.Type.ALERT) -> list[FeedEndpoint]:
    """Return the endpoints that a message of this type would go to.

    An update also reaches those that were sent an earlier one, whatever they receive otherwise; a
    cancellation reaches those alone.
    """
    valid = list(valid_endpoints(incident.site))
    informed = informed_endpoints(incident)
    if type == FeedMessage.Type.CANCEL:
        return [each for each in valid if each.pk in informed]
    return [each for each in valid if each.pk in informed or receives(each, incident)]


def informed_endpoints(incident: Incident) -> set[int]:
    """Return the endpoints that were sent a message about the incident."""
    sent = FeedEndpoint.objects.filter(deliveries__message__incident=incident)
    return set(sent.values_list("pk", flat=True))


def require_dispatchable(
    incident: Incident, actor: User, reason: str, type: str = FeedMessage.Type.ALERT
) -> None:
    """Require that a person may send this incident, and has reviewed it.

    Raises:
        Rejection: it was not reviewed and confirmed, is of a kind that is not sent, no reason is
            given, or the actor lacks the permission.
    """
    if not may(actor, incident.site, IncidentPermission.DISPATCH_INCIDENT):
        raise Rejection(
            "actor",
            "not_permitted",
            _("you don't have permission to send incidents to authorities"),
            _("ask a person who has"),
        )
    if not kinds.get(incident.kind).dispatchable:
        raise Rejection(
            "incident",
            "kind_not_dispatchable",
            _("incidents of this kind are not sent to authorities"),
            _("phone them if it is urgent"),
        )
    if not is_reviewed(incident, type):
        raise Rejection(
            "incident",
            "not_reviewed",
            _("only a reviewed and confirmed incident can be sent"),
            _("review it first"),
        )
    if not reason.strip():
        raise Rejection("reason", "missing", _("a reason is required"), _("enter why it is sent"))


def is_reviewed(incident: Incident, type: str = FeedMessage.Type.ALERT) -> bool:
    """Return whether a person has reviewed and confirmed the incident, with a reason.

    One that was closed since can still be cancelled.
    """
    is_complete = bool(incident.reviewed_by_id and incident.reviewed_at and incident.review_reason)
    is_closed = type == FeedMessage.Type.CANCEL and incident.state == Incident.State.CLOSED
    return is_complete and (incident.state in _REVIEWED or is_closed)


def require_endpoints(found: Iterable[FeedEndpoint]) -> None:
    """Require that there is an endpoint to send to.

    Raises:
        Rejection: there is none.
    """
    if not list(found):
        raise Rejection(
            "endpoints",
            "no_endpoint",
            _("no feed receives this incident"),
            _("add one or change what it receives"),
        )
