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
from incidents.evidence.pieces import pieces_of
from incidents.models import Evidence, Incident
from incidents.services.changes import announce

RELEASED = timeline.declare(
    "evidence_released", gettext_lazy("Passage of another car released to authorities")
)
RETRACTED = timeline.declare(
    "evidence_retracted", gettext_lazy("Passage of another car no longer released")
)


def released(incident: Incident) -> QuerySet[Evidence]:
    """Return the pieces of an incident, and of those merged into it, that an authority may see.

    A merger widens no legal basis: where a hit of the watch-list is part of it, passages that came
    with another incident are shown for the plate of the incident's own entry alone.
    """
    rows = pieces_of(incident).filter(erased=False)
    rows = rows.filter(Q(is_own=True) | Q(released_by__isnull=False))
    return rows.exclude(pk__in=_of_other_cars(incident).values("pk"))


def _of_other_cars(incident: Incident) -> QuerySet[Evidence]:
    """Return passages that a merger brought, and for which the incident has no legal basis."""
    rows = Evidence.objects.filter(incident__merged_into=incident, kind=Evidence.Kind.PASSAGE)
    entry = incident.watch_entry
    if entry is None:
        return rows.filter(incident__watch_entry__isnull=False)
    return rows.exclude(values__plate=entry.plate).exclude(incident__watch_entry=entry)


def holder_of(piece: Evidence) -> Incident:
    """Return the incident that goes on with a piece: its own, or the one that was merged into."""
    return piece.incident.merged_into or piece.incident


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
    if not may_release(holder_of(piece)):
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
    rows = Evidence.objects.select_for_update(of=("self",))
    rows = rows.select_related("incident__site", "incident__merged_into__site")
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
    incident = holder_of(piece)
    timeline.record(incident, code, actor)
    audit.record(incident.site, actor, action, ("incident", incident.pk), evidence=piece.pk)
    announce(incident)
