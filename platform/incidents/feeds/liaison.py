"""The liaison's view: what was dispatched to a person's endpoints, and what the person answers.

A liaison sees the messages as they were sent, never the incident itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import Site, User
from incidents import timeline, topics
from incidents.feeds import receipts
from incidents.feeds.eligibility import valid_endpoints
from incidents.feeds.message_types import Type, type_at_endpoint
from incidents.feeds.notices import notify_of_answer, notify_of_reply
from incidents.models import Delivery, FeedEndpoint, Incident, LiaisonReply

Kind = LiaisonReply.Kind
# An endpoint and an incident; None for a test message.
Key = tuple[int, int | None]
ASKED = timeline.declare(
    "liaison_asked",
    gettext_lazy("%(feed)s has asked a question"),
    afterwards=gettext_lazy("An authority has asked a question"),
)
ANSWERED = timeline.declare(
    "liaison_answered",
    gettext_lazy("A question of %(feed)s was answered"),
    afterwards=gettext_lazy("A question of an authority was answered"),
)
CLOSED = timeline.declare(
    "liaison_closed",
    gettext_lazy("%(feed)s has closed it on its side"),
    afterwards=gettext_lazy("An authority has closed it on its side"),
)


def endpoints_of(user: User, site: Site) -> QuerySet[FeedEndpoint]:
    """Return the endpoints in force at the site for which the person is a liaison."""
    return valid_endpoints(site).filter(kind=FeedEndpoint.Kind.LIAISON, liaisons=user)


def deliveries_for(user: User, site: Site) -> QuerySet[Delivery]:
    """Return what was dispatched to the person's endpoints, latest first."""
    rows = Delivery.objects.filter(endpoint__in=endpoints_of(user, site))
    return rows.select_related("endpoint__site", "message").order_by("-created_at", "-pk")


@dataclass(frozen=True)
class Case:
    """What one endpoint was sent about one incident, and what its liaisons have answered.

    Attributes:
        deliveries: oldest first; a test message stands alone.
        replies: oldest first.
    """

    endpoint: FeedEndpoint
    deliveries: Sequence[Delivery]
    replies: Sequence[LiaisonReply]

    @property
    def latest(self) -> Delivery:
        """The last delivery."""
        return self.deliveries[-1]

    @property
    def typed(self) -> list[tuple[Delivery, Type]]:
        """Each delivery with the type under which the endpoint received it."""
        first = self.deliveries[0]
        return [
            (each, type_at_endpoint(each.message.type, is_first=each is first))
            for each in self.deliveries
        ]

    @property
    def is_acknowledged(self) -> bool:
        """Whether the last message was acknowledged."""
        return self.latest.acknowledged_at is not None

    @property
    def is_closed(self) -> bool:
        """Whether the authority has closed it and was sent nothing about it since."""
        number = self.latest.message.number
        return any(each.kind == Kind.CLOSED and each.number >= number for each in self.replies)


def latest_of_each(user: User, site: Site) -> QuerySet[Delivery]:
    """Return the last delivery of each incident and endpoint, and test messages, latest first."""
    rows = Delivery.objects.filter(endpoint__in=endpoints_of(user, site))
    by_incident = rows.exclude(message__incident=None)
    last = by_incident.order_by("endpoint_id", "message__incident_id", "-seq")
    last = last.distinct("endpoint_id", "message__incident_id")
    tests = rows.filter(message__incident=None)
    keys = [*last.values_list("pk", flat=True), *tests.values_list("pk", flat=True)]
    return deliveries_for(user, site).filter(pk__in=keys)


def case_of(delivery: Delivery) -> Case:
    """Return everything that the delivery's endpoint was sent about its incident."""
    return cases_of([delivery])[0]


def cases_of(deliveries: Sequence[Delivery]) -> list[Case]:
    """Return the case of each delivery, read together."""
    keys = {_key(each) for each in deliveries}
    about = {"endpoint__in": {key[0] for key in keys}}
    incidents = {key[1] for key in keys if key[1] is not None}
    rows = Delivery.objects.filter(message__incident__in=incidents, **about)
    found: dict[Key, list[Delivery]] = defaultdict(list)
    for row in rows.select_related("endpoint__site", "message").order_by("seq"):
        found[_key(row)].append(row)
    replies: dict[Key, list[LiaisonReply]] = defaultdict(list)
    answers = LiaisonReply.objects.filter(incident__in=incidents, **about)
    for reply in answers.select_related("author", "answered_by"):
        replies[reply.endpoint_id, reply.incident_id].append(reply)
    return [
        Case(each.endpoint, found[_key(each)] or [each], replies[_key(each)]) for each in deliveries
    ]


def _key(delivery: Delivery) -> Key:
    return delivery.endpoint_id, delivery.message.incident_id


def acknowledge(delivery: Delivery, actor: User, note: str = "") -> Delivery:
    """Acknowledge a message on the liaison's pages."""
    name = actor.display_name
    return receipts.acknowledge(delivery, name, note, actor=actor)


@transaction.atomic
def ask(delivery: Delivery, actor: User, text: str) -> LiaisonReply:
    """Ask the site's staff about an incident; they are notified.

    Raises:
        Rejection: there is no question, or the message is about no incident.
    """
    if not text.strip():
        raise Rejection(
            "text", "missing", _("a question is required"), _("enter what you need to know")
        )
    return _reply(delivery, actor, Kind.QUESTION, text.strip(), ASKED, "ask about incident")


@transaction.atomic
def close(delivery: Delivery, actor: User, note: str = "") -> LiaisonReply:
    """Record that the authority has closed the incident on its side; the site closes its own.

    Raises:
        Rejection: the last message was not acknowledged, it is closed already, or the message is
            about no incident.
    """
    case = case_of(delivery)
    if not case.is_acknowledged:
        raise Rejection(
            "note",
            "not_acknowledged",
            _("the last message is not acknowledged"),
            _("acknowledge it first"),
        )
    if case.is_closed:
        raise Rejection(
            "note", "already_closed", _("you have closed it already"), _("no action is needed")
        )
    return _reply(delivery, actor, Kind.CLOSED, note.strip(), CLOSED, "close dispatched incident")


@transaction.atomic
def answer(reply: LiaisonReply, actor: User, text: str) -> LiaisonReply:
    """Answer a liaison's question; the liaisons of its endpoint see the answer.

    Raises:
        Rejection: there is no answer, or the question is answered already.
    """
    validation.require_reason(text, _("enter the answer"))
    rows = LiaisonReply.objects.select_for_update(of=("self",))
    reply = rows.select_related("endpoint__site", "incident", "author").get(pk=reply.pk)
    if reply.kind != Kind.QUESTION or reply.answered_at is not None:
        raise Rejection(
            "answer", "already_answered", _("it is answered already"), _("no action is needed")
        )
    reply.answer, reply.answered_by, reply.answered_at = text.strip(), actor, clock.now()
    reply.save(update_fields=["answer", "answered_by", "answered_at"])
    _record(reply, actor, ANSWERED, "answer liaison")
    notify_of_answer(reply)
    return reply


def _reply(
    delivery: Delivery, actor: User, kind: str, text: str, code: str, action: str
) -> LiaisonReply:
    if delivery.message.incident_id is None:
        raise Rejection(
            "text", "test_message", _("this message is a test"), _("no action is needed")
        )
    incident = Incident.objects.select_for_update().get(pk=delivery.message.incident_id)
    reply = LiaisonReply.objects.create(
        endpoint=delivery.endpoint,
        incident=incident,
        kind=kind,
        author=actor,
        at=clock.now(),
        text=text[:800],
        number=case_of(delivery).latest.message.number,
    )
    _record(reply, actor, code, action)
    notify_of_reply(reply)
    return reply


def _record(reply: LiaisonReply, actor: User, code: str, action: str) -> None:
    incident, endpoint = reply.incident, reply.endpoint
    timeline.record(incident, code, actor, feed=endpoint.name)
    audit.record(endpoint.site, actor, action, ("incident", incident.pk), feed=endpoint.pk)
    live.announce(topics.INCIDENT, incident.site_id, incident.pk)
