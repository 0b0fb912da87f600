"""What a sealed file holds of an incident: its rows, its evidence, and what was dispatched."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from core import clock, photos
from core.audit import history
from core.notifications.selectors import about
from incidents import timeline
from incidents.escalation.notices import subject_of
from incidents.evidence.pieces import pieces_of
from incidents.evidence.storing import canonical, digest_of
from incidents.evidence.values import live_curves
from incidents.models import Delivery, Evidence, Incident

Row = dict[str, Any]
_FIELDS = (
    "kind",
    "source",
    "severity",
    "certainty",
    "state",
    "cleared",
    "late",
    "exercise",
    "occurrences",
    "first_at",
    "last_at",
    "acked_at",
    "reviewed_at",
    "review_reason",
    "ended_at",
    "place",
    "longitude",
    "latitude",
)


def facts_of(incident: Incident, actor: str) -> Row:
    """Return what the manifest says about the whole."""
    return {
        "site": incident.site.slug,
        "site_name": incident.site.name,
        "incident": incident.pk,
        "kind": incident.kind,
        "exercise": incident.exercise,
        "exported_at": clock.now().isoformat(),
        "exported_by": actor,
    }


def tables_of(incident: Incident) -> Iterator[tuple[str, bytes]]:
    """Yield the files with rows, by name."""
    yield "incident.json", _json(_incident(incident))
    yield "occurrences.json", _json(_rows(incident.log.order_by("at", "pk"), "at", "detail"))
    yield "timeline.json", _json([_entry(each) for each in timeline.of(incident).reverse()])
    yield "reviews.json", _json(_reviews(incident))
    yield "comments.json", _json(_rows(incident.comments.all(), "at", "author__username", "text"))
    yield "procedure.json", _json(_steps_done(incident))
    stored = [_piece(each) for each in evidence_of(incident)]
    yield "evidence.json", _json([*stored, *(_live_piece(each) for each in live_curves(incident))])
    yield "messages.json", _json(_messages(incident))
    yield "deliveries.json", _json(list(_deliveries(incident)))
    yield "notifications.json", _json(_notifications(incident))
    yield "audit.json", _json(_audit(incident))


def evidence_of(incident: Incident) -> QuerySet[Evidence]:
    """Return the evidence of an incident and of those merged into it, by time, also erased."""
    return pieces_of(incident).order_by("taken_at", "pk")


def name_of(piece: Evidence) -> str:
    """Return the name of a piece's picture in the file."""
    return f"evidence/{piece.pk}.jpg"


def body_name(delivery: Delivery) -> str:
    """Return the name of a delivery's body in the file."""
    return f"deliveries/{delivery.pk}.bin"


def picture(piece: Evidence) -> bytes | None:
    """Return the picture of a piece; None where it has none any more."""
    try:
        return photos.load(piece.image) if piece.image else None
    except FileNotFoundError:
        return None


def deliveries_of(incident: Incident) -> QuerySet[Delivery]:
    """Return the deliveries of an incident's messages."""
    rows = Delivery.objects.filter(message__incident=incident)
    return rows.select_related("endpoint", "message").order_by("pk")


def _incident(incident: Incident) -> Row:
    row = {name: _plain(getattr(incident, name)) for name in _FIELDS}
    for name in ("acked_by", "reviewed_by", "assigned_to"):
        person = getattr(incident, name)
        row[name] = person.get_username() if person else None
    entry = incident.watch_entry
    if entry is not None:
        row["watch_entry"] = {
            "plate": entry.plate,
            "legal_basis": entry.legal_basis,
            "document_no": entry.document_no,
            "requesting_org": entry.requesting_org,
        }
    return row


def _entry(entry: timeline.TimelineEntry) -> Row:
    return {
        "at": entry.at.isoformat(),
        "code": entry.code,
        "actor": entry.actor.get_username() if entry.actor else None,
        "values": entry.values,
    }


def _reviews(incident: Incident) -> list[Row]:
    fields = ("at", "reviewer__username", "confirmed", "severity", "reason")
    return _rows(incident.reviews.all(), *fields)


def _steps_done(incident: Incident) -> list[Row]:
    rows = incident.ticks.order_by("at", "pk")
    return _rows(rows, "at", "actor__username", "step__text")


def _piece(piece: Evidence) -> Row:
    return {
        "id": piece.pk,
        "incident": piece.incident_id,
        "provider": piece.provider,
        "kind": piece.kind,
        "taken_at": piece.taken_at.isoformat(),
        "collected_at": piece.collected_at.isoformat(),
        "sha256": piece.sha256,
        "values": piece.values,
        "erased": piece.erased,
        "file": name_of(piece) if piece.image else None,
    }


def _live_piece(piece: Evidence) -> Row:
    """Return what was measured up to now of a curve whose rest is not stored yet."""
    piece.collected_at = clock.now()
    piece.sha256 = digest_of(None, piece.values)
    return _piece(piece)


def _messages(incident: Incident) -> list[Row]:
    rows = incident.messages.order_by("number")
    fields = ("public_id", "number", "type", "content", "exercise", "reason", "created_at")
    return _rows(rows, *fields, "decided_by__username")


def _deliveries(incident: Incident) -> Iterator[Row]:
    for each in deliveries_of(incident):
        attempts = each.attempts.order_by("number")
        yield {
            "endpoint": each.endpoint.name,
            "message": each.message.public_id,
            "seq": each.seq,
            "media_type": each.media_type,
            "sha256": each.sha256,
            "state": each.state,
            "created_at": _plain(each.created_at),
            "delivered_at": _plain(each.delivered_at),
            "acknowledged_at": _plain(each.acknowledged_at),
            "acknowledged_by": each.acknowledged_by,
            "acknowledgement": each.acknowledgement,
            "body": body_name(each),
            "attempts": _rows(attempts, "number", "at", "http_status", "error"),
        }


def _notifications(incident: Incident) -> list[Row]:
    rows = about(subject_of(incident.pk)).order_by("pk")
    return _rows(rows, "recipient__username", "kind", "latest_at", "read_at")


def _audit(incident: Incident) -> list[Row]:
    rows = history(incident.site, ("incident", incident.pk))
    return _rows(rows, "uid", "at", "actor", "action", "detail", "mac")


def _rows(rows: QuerySet[Any], *fields: str) -> list[Row]:
    return [{name: _plain(value) for name, value in row.items()} for row in rows.values(*fields)]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _json(value: Any) -> bytes:
    return canonical(value)
