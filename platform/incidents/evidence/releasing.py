"""Which evidence an authority may see: what is the incident's own, and what a person released.

Around an incident, passages of cars are collected that may have nothing to do with it. They serve
the site's own review; a reviewer releases those that an authority needs, one by one.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock
from core.errors import Rejection
from core.models import User
from incidents import timeline
from incidents.models import Evidence, Incident
from incidents.services.changes import announce

RELEASED = timeline.declare(
    "evidence_released", gettext_lazy("Passage of another car released to authorities")
)
RETRACTED = timeline.declare(
    "evidence_retracted", gettext_lazy("Passage of another car no longer released")
)


def released(incident: Incident) -> QuerySet[Evidence]:
    """Return the pieces of an incident that an authority may see."""
    rows = Evidence.objects.filter(incident=incident, erased=False)
    return rows.filter(Q(is_own=True) | Q(released_by__isnull=False))


def may_release(incident: Incident) -> bool:
    """Return whether pieces of others may be released: the basis of a hit names one plate."""
    merged = Incident.objects.filter(merged_into=incident, watch_entry__isnull=False)
    return incident.watch_entry_id is None and not merged.exists()


@transaction.atomic
def release(piece: Evidence, actor: User) -> Evidence:
    """Let authorities see a piece that is not the incident's own.

    Raises:
        Rejection: the incident is a hit of the watch-list, or the piece was erased.
    """
    piece = _locked(piece)
    if not may_release(piece.incident):
        raise Rejection(
            "piece",
            "other_cars",
            _("the legal basis of a watch-list entry names one plate"),
            _("passages of other cars stay with the site"),
        )
    if piece.is_own or piece.released_by_id is not None:
        return piece
    piece.released_by, piece.released_at = actor, clock.now()
    _save(piece, actor, RELEASED, "release evidence")
    return piece


@transaction.atomic
def retract(piece: Evidence, actor: User) -> Evidence:
    """Hide a released piece from authorities again; what was seen stays logged.

    Raises:
        Rejection: the piece was erased.
    """
    piece = _locked(piece)
    if piece.released_by_id is not None:
        piece.released_by, piece.released_at = None, None
        _save(piece, actor, RETRACTED, "retract evidence")
    return piece


def _locked(piece: Evidence) -> Evidence:
    rows = Evidence.objects.select_for_update(of=("self",)).select_related("incident__site")
    piece = rows.get(pk=piece.pk)
    if piece.erased:
        raise Rejection(
            "piece",
            "erased",
            _("this piece is past its retention period"),
            _("its digest stays, nothing else"),
        )
    return piece


def _save(piece: Evidence, actor: User, code: str, action: str) -> None:
    piece.save(update_fields=["released_by", "released_at"])
    incident = piece.incident
    timeline.record(incident, code, actor)
    audit.record(incident.site, actor, action, ("incident", incident.pk), evidence=piece.pk)
    announce(incident)
