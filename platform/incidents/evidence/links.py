"""Links by which an authority opens an incident's evidence: signed, expiring, logged.

Each picture is handed out with the authority, the time and the link's short id burned in
(`incidents.evidence.watermark`). Nothing about an incident leaves before its review, so that a
link can't be issued earlier.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, keys, photos
from core.errors import Rejection
from core.models import User
from incidents import timeline
from incidents.evidence import releasing
from incidents.evidence.watermark import burn_in
from incidents.feeds.eligibility import valid_endpoints
from incidents.feeds.formats import DeliveryContext
from incidents.models import (
    Evidence,
    EvidenceLink,
    FeedEndpoint,
    FeedMessage,
    Incident,
    LinkOpening,
)

ISSUED = timeline.declare(
    "evidence_link_issued",
    gettext_lazy("Evidence link for %(authority)s"),
    afterwards=gettext_lazy("Evidence link issued"),
)
REVOKED = timeline.declare(
    "evidence_link_revoked",
    gettext_lazy("Evidence link of %(authority)s withdrawn"),
    afterwards=gettext_lazy("Evidence link withdrawn"),
)
VALID_FOR, LONGEST = timedelta(days=7), timedelta(days=30)
_MAC_DIGITS = 24
_ADDRESS, _AGENT = 45, 200


class LinkNotValidError(Exception):
    """A link that opens nothing: forged, expired, withdrawn, or of erased evidence."""


@dataclass(frozen=True)
class Visitor:
    """Who opens a link.

    Attributes:
        address: of the client.
        user_agent: what its browser calls itself.
        actor: the signed-in user; empty for none.
    """

    address: str
    user_agent: str = ""
    actor: str = ""


@transaction.atomic
def issue(
    incident: Incident,
    actor: User,
    *,
    authority: str,
    endpoint: FeedEndpoint | None = None,
    valid_for: timedelta = VALID_FOR,
) -> EvidenceLink:
    """Issue a link to the evidence of a confirmed incident, which may have been closed since.

    Args:
        authority: to whom it is given; burned into each picture.
        endpoint: by which it is sent; None where a person hands it over.
        valid_for: until it expires, 30 days at most.

    Raises:
        Rejection: the incident is not confirmed, the authority is missing, or the time too long.
    """
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    _require_issuable(incident, authority, valid_for)
    now = clock.now()
    link = EvidenceLink.objects.create(
        incident=incident,
        endpoint=endpoint,
        authority=authority.strip()[:120],
        issued_by=actor,
        issued_at=now,
        expires_at=now + valid_for,
    )
    _record_issue(link)
    return link


def _require_issuable(incident: Incident, authority: str, valid_for: timedelta) -> None:
    if not incident.is_confirmed:
        raise Rejection(
            "incident",
            "not_confirmed",
            _("this incident is not confirmed"),
            _("review it first: no evidence leaves before"),
        )
    if not authority.strip():
        raise Rejection(
            "authority", "missing", _("this field is required"), _("enter who receives the link")
        )
    if not timedelta() < valid_for <= LONGEST:
        problem = _("between 1 and %(days)s days") % {"days": LONGEST.days}
        raise Rejection("days", "out_of_range", problem, _("choose another number of days"))


def _record_issue(link: EvidenceLink) -> None:
    incident, actor = link.incident, link.issued_by
    detail = {"authority": link.authority, "ends_at": link.expires_at.isoformat()}
    subject = ("incident", incident.pk)
    audit.record(incident.site, actor, "issue evidence link", subject, link=link.pk, **detail)
    timeline.record(incident, ISSUED, actor, authority=link.authority)


def address_in_delivery(context: DeliveryContext) -> str:
    """Issue the link that a delivery contains; empty for an incident without pictures.

    A cancellation has none: what it withdraws was no incident. Nothing is sent to liaisons; they
    ask for the link on their pages.
    """
    message, endpoint = context.message, context.endpoint
    incident = message.incident
    if incident is None or context.type == FeedMessage.Type.CANCEL:
        return ""
    if endpoint.kind == FeedEndpoint.Kind.LIAISON:
        return ""
    if not releasing.released(incident).exclude(image="").exists():
        return ""
    link = issue(incident, message.decided_by, authority=endpoint.name, endpoint=endpoint)
    return address_of(link)


@transaction.atomic
def revoke(link: EvidenceLink, actor: User) -> EvidenceLink:
    """Withdraw a link at once; one that was withdrawn stays as it is."""
    link = EvidenceLink.objects.select_for_update().get(pk=link.pk)
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by = clock.now(), actor
        link.save(update_fields=["revoked_at", "revoked_by"])
        subject = ("incident", link.incident_id)
        audit.record(link.incident.site, actor, "withdraw evidence link", subject, link=link.pk)
        timeline.record(link.incident, REVOKED, actor, authority=link.authority)
    return link


def token_of(link: EvidenceLink) -> str:
    """Return the token of a link: its id, and a signature over id, incident and expiry."""
    return f"{link.public_id}.{_mac(link)}"


def address_of(link: EvidenceLink) -> str:
    """Return the absolute address of a link's page."""
    path = reverse("portal:evidence_link", args=[token_of(link)])
    return settings.PUBLIC_URL.rstrip("/") + path


def short_id(link: EvidenceLink) -> str:
    """Return what stands on pictures for the link, by which its row is found again."""
    return link.public_id[:8]


def open_link(token: str, visitor: Visitor, evidence_id: int | None = None) -> EvidenceLink:
    """Return the link of a token, and log that it was opened.

    Args:
        evidence_id: the picture that is opened; None for the page.

    Raises:
        LinkNotValidError: it opens nothing; equal for every reason.
    """
    link = _find(token)
    if not _may_open(link, visitor):
        raise LinkNotValidError
    if evidence_id is not None and not pictures_of(link).filter(pk=evidence_id).exists():
        raise LinkNotValidError
    with transaction.atomic():
        LinkOpening.objects.create(
            link=link,
            at=clock.now(),
            actor=visitor.actor,
            address=visitor.address[:_ADDRESS],
            user_agent=visitor.user_agent.replace("\0", "")[:_AGENT],
            evidence_id=evidence_id,
        )
        audit.record(
            link.incident.site,
            f"link {short_id(link)}",
            "open evidence link",
            ("incident", link.incident_id),
            link=link.pk,
            authority=link.authority,
        )
    return link


def pictures_of(link: EvidenceLink) -> QuerySet[Evidence]:
    """Return the pictures that a link opens, in the order of time."""
    return evidence_of(link).exclude(image="")


def evidence_of(link: EvidenceLink) -> QuerySet[Evidence]:
    """Return the evidence that a link opens, in the order of time."""
    rows = releasing.released(link.incident)
    return rows.select_related("camera").order_by("taken_at", "pk")


def watermarked(link: EvidenceLink, evidence: Evidence) -> bytes:
    """Return a picture with the authority, the time and the link's short id burned in.

    Raises:
        FileNotFoundError: it was deleted.
        core.images.ImageRejected: it can't be decoded.
    """
    image = photos.load(evidence.image)
    at = clock.local(clock.now(), link.incident.site.timezone)
    text = f"{link.authority} · {at:%Y-%m-%d %H:%M:%S} · {short_id(link)}"
    return burn_in(image, text)


def links_of(incident: Incident) -> QuerySet[EvidenceLink]:
    """Return the links to an incident's evidence, the newest first."""
    rows = EvidenceLink.objects.filter(incident=incident).select_related("issued_by")
    return rows.order_by("-issued_at", "-pk")


def _find(token: str) -> EvidenceLink:
    public_id, _dot, mac = token.partition(".")
    rows = EvidenceLink.objects.select_related("incident__site", "endpoint")
    link = rows.filter(public_id=public_id[:32].replace("\0", "")).first()
    if link is None or not hmac.compare_digest(mac.encode(), _mac(link).encode()):
        raise LinkNotValidError
    if link.revoked_at is not None or link.expires_at <= clock.now():
        raise LinkNotValidError
    return link


def _may_open(link: EvidenceLink, visitor: Visitor) -> bool:
    """Return whether the link is for the visitor: that of a liaison's pages is for liaisons."""
    if link.incident.state in (Incident.State.CANCELLED, Incident.State.FALSE_ALARM):
        return False  # what was withdrawn was no incident
    if link.endpoint is None or link.endpoint.kind != FeedEndpoint.Kind.LIAISON:
        return True
    own = valid_endpoints(link.incident.site).filter(liaisons__username=visitor.actor)
    return own.filter(pk=link.endpoint.pk).exists()


def _mac(link: EvidenceLink) -> str:
    text = f"{link.public_id}|{link.incident_id}|{link.expires_at.isoformat()}"
    key = keys.derive("links to evidence")
    return hmac.digest(key, text.encode(), "sha256").hex()[:_MAC_DIGITS]
