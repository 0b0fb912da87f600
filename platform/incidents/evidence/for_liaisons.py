"""The evidence that a liaison sees: its list, and the link by which the pieces are opened.

The link is one of `incidents.evidence.links`, issued when a liaison asks for it and used by every
liaison of the endpoint until it expires. It opens for them alone, signed in, so that the log of
its openings has a name in each row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from core.models import User
from incidents.evidence import links, releasing
from incidents.evidence.pieces import pieces_of
from incidents.feeds.liaison import Case, case_of
from incidents.models import Delivery, Evidence, EvidenceLink, FeedMessage, Incident

VALID_FOR = timedelta(days=1)
_ENDED = (Incident.State.CANCELLED, Incident.State.FALSE_ALARM)


class Access(StrEnum):
    """What a liaison may do with the evidence of a case.

    ``NONE``: a test or a cancellation, which has none; ``WITHDRAWN``: the site withdrew the link
    after its last message; ``OVER``: the evidence is past its retention period; ``ASK``: the link
    is issued on request; ``OPEN``: there is a valid link.
    """

    NONE = "none"
    WITHDRAWN = "withdrawn"
    OVER = "over"
    ASK = "ask"
    OPEN = "open"


@dataclass(frozen=True)
class CaseEvidence:
    """The evidence of a case.

    Attributes:
        pieces: in the order of time; those that the link's page shows.
        link: the valid link; None without one.
    """

    access: Access
    pieces: Sequence[Evidence] = ()
    link: EvidenceLink | None = None


def evidence_of(case: Case) -> CaseEvidence:
    """Return what a liaison sees of the evidence; a cancelled incident has none any more."""
    incident = case.latest.message.incident
    ended = case.latest.message.type == FeedMessage.Type.CANCEL
    if incident is None or ended or incident.state in _ENDED:
        return CaseEvidence(Access.NONE)
    rows = EvidenceLink.objects.filter(endpoint=case.endpoint, incident=incident)
    if rows.filter(revoked_at__gte=case.latest.created_at).exists():
        return CaseEvidence(Access.WITHDRAWN)
    pieces = list(_shown(incident))
    link = rows.filter(revoked_at=None, expires_at__gt=clock.now()).first()
    if link is not None:
        return CaseEvidence(Access.OPEN, pieces, link)
    if not pieces and pieces_of(incident).filter(erased=True).exists():
        return CaseEvidence(Access.OVER)
    return CaseEvidence(Access.ASK if incident.is_confirmed else Access.NONE, pieces)


@transaction.atomic
def link_for(delivery: Delivery, actor: User) -> EvidenceLink:
    """Return the link to the evidence for the delivery's endpoint; issue it if none is valid.

    Raises:
        Rejection: the incident was cancelled, the site withdrew the link, or there is no evidence
            any more.
    """
    Incident.objects.select_for_update(no_key=True).filter(messages=delivery.message_id).first()
    case = case_of(Delivery.objects.get(pk=delivery.pk))
    found = evidence_of(case)
    if found.link is not None:
        return found.link
    incident = case.latest.message.incident
    if incident is None or found.access != Access.ASK or not found.pieces:
        raise Rejection(
            "",
            "no_evidence",
            _("no evidence of this incident can be opened"),
            _("ask the site for it"),
        )
    endpoint = case.endpoint
    return links.issue(
        incident, actor, authority=endpoint.name, endpoint=endpoint, valid_for=VALID_FOR
    )


def address_of(link: EvidenceLink, piece: Evidence) -> str:
    """Return the address that opens a piece: a picture by itself, a curve on the link's page."""
    address = links.address_of(link)
    return f"{address}{piece.pk}/" if piece.image else address


def _shown(incident: Incident) -> QuerySet[Evidence]:
    rows = releasing.released(incident).select_related("camera")
    # A passage without a picture is a plate alone, which only a watch-list message may name.
    shown = ~Q(image="") | Q(kind=Evidence.Kind.CURVE)
    return rows.filter(shown).order_by("taken_at", "pk")
