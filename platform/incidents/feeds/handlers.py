"""What feeds do when an incident changes that was sent: a correction follows it.

A person's second review or merge is the decision; its dialog says that authorities are informed.
"""

from django.utils.translation import gettext as _

from core.events import subscribe
from core.models import User
from incidents import events
from incidents.feeds.dispatch import correct
from incidents.models import FeedMessage, Incident

Type = FeedMessage.Type


def register() -> None:
    """Subscribe to the changes of incidents."""
    subscribe(events.IncidentReviewed, _reviewed)
    subscribe(events.IncidentMerged, _merged)


def _reviewed(event: events.IncidentReviewed) -> None:
    incident = Incident.objects.get(pk=event.incident_id)
    actor = User.objects.get(pk=event.actor_id)
    if not event.confirmed:
        correct(incident, actor, incident.review_reason, Type.CANCEL)
    elif event.again:
        correct(incident, actor, incident.review_reason, Type.UPDATE)


def _merged(event: events.IncidentMerged) -> None:
    if not event.both_dispatched:
        return
    actor = User.objects.get(pk=event.actor_id)
    found = Incident.objects.in_bulk([event.survivor_id, event.merged_id])
    text = _("merged into incident %(number)s") % {"number": event.survivor_id}
    correct(found[event.merged_id], actor, text, Type.CANCEL)
    text = _("incident %(number)s was merged into it") % {"number": event.merged_id}
    correct(found[event.survivor_id], actor, text, Type.UPDATE)
