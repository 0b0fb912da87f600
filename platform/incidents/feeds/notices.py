"""Notifications of liaisons, without any detail, and of staff: answers, feeds to approve."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import notifications
from core.models import Site, User
from core.notifications import Notice, NoticeKind
from core.notifications.channels import MAIL, PUSH, SMS
from core.severities import Severity
from incidents.feeds.events import IncidentDispatched
from incidents.models import Delivery, FeedEndpoint, LiaisonReply
from incidents.permissions import IncidentPermission
from people.staff import holders_of

# What it is about stands on the liaison's page only, behind the second factor.
FOR_LIAISON = notifications.declare(
    NoticeKind(
        "liaison_message",
        _("Messages for liaisons"),
        IncidentPermission.VIEW_DISPATCHED,
        texts={"waits": _("A message is waiting for you"), "answered": _("You have an answer")},
    )
)
FROM_LIAISON = notifications.declare(
    NoticeKind(
        "liaison_reply",
        _("Answers of liaisons"),
        IncidentPermission.VIEW_INCIDENTS,
        texts={
            LiaisonReply.Kind.QUESTION: _("%(feed)s has a question about incident %(incident)s"),
            LiaisonReply.Kind.CLOSED: _("%(feed)s has closed incident %(incident)s on its side"),
        },
    )
)

WAITING = notifications.declare(
    NoticeKind(
        "feed_waits",
        _("Feeds that wait for approval"),
        IncidentPermission.MANAGE_FEEDS,
        texts={
            "added": _("The feed %(feed)s waits for approval"),
            "changed": _("A change of the feed %(feed)s waits for approval"),
            "requested": _("Requested by %(name)s: %(reason)s"),
        },
        defaults={MAIL: None, PUSH: Severity.MINOR, SMS: None},
    )
)


def notify_approvers(endpoint: FeedEndpoint, actor: User, title: str) -> None:
    """Notify the colleagues who may approve a feed, but not who has entered it.

    Args:
        title: ``added`` or ``changed``.
    """
    site = endpoint.site
    managing = holders_of(site, IncidentPermission.MANAGE_FEEDS)
    notifications.notify(
        Notice(
            kind=WAITING.code,
            severity=Severity.MINOR,
            group_key=f"feed_waits:{endpoint.pk}",
            recipients=[user for user in managing if user.pk != actor.pk],
            site=site,
            title=title,
            text="requested",
            params={
                "feed": endpoint.name,
                "name": actor.display_name,
                "reason": endpoint.legal_basis,
            },
            path=reverse("console:feed", args=[site.slug, endpoint.pk]),
        )
    )


def notify_liaisons(event: IncidentDispatched) -> None:
    """Notify the liaisons of the endpoints that were sent a message."""
    sent = Delivery.objects.filter(
        message=event.message_id, endpoint__kind=FeedEndpoint.Kind.LIAISON
    )
    for delivery in sent.select_related("endpoint__site").order_by("endpoint"):
        endpoint = delivery.endpoint
        _notify_liaisons(endpoint, list(endpoint.liaisons.order_by("pk")), "waits")


def notify_of_answer(reply: LiaisonReply) -> None:
    """Notify the liaison who asked that there is an answer."""
    _notify_liaisons(reply.endpoint, [reply.author], "answered")


def notify_of_reply(reply: LiaisonReply) -> None:
    """Notify the staff who handle the incident of a liaison's question or closure."""
    incident, site = reply.incident, reply.endpoint.site
    senders = incident.messages.order_by("number").values_list("decided_by", flat=True)
    people = [incident.assigned_to_id, incident.reviewed_by_id, *senders]
    keys = {each for each in people if each is not None}
    notifications.notify(
        Notice(
            kind=FROM_LIAISON.code,
            severity=incident.severity,
            group_key=f"liaison:{incident.pk}:{reply.kind}",
            recipients=list(User.objects.filter(pk__in=keys).order_by("pk")),
            site=site,
            title=reply.kind,
            params={"feed": reply.endpoint.name, "incident": incident.pk},
            path=reverse("console:incident", args=[site.slug, incident.pk]),
        )
    )


def _notify_liaisons(endpoint: FeedEndpoint, people: list[User], title: str) -> None:
    site: Site = endpoint.site
    notifications.notify(
        Notice(
            kind=FOR_LIAISON.code,
            severity=Severity.SEVERE,
            group_key=f"feed:{endpoint.pk}",
            recipients=people,
            site=site,
            title=title,
            path=reverse("console:dispatched", args=[site.slug]),
        )
    )
