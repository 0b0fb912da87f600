"""What this room holds of people: messages to send, background work, views of lists, the audit."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import holdings
from core.documents.batches import delete_batches
from core.documents.services import delete_documents
from core.holdings import Erased, Identity, Row
from core.models import (
    AuditEntry,
    Document,
    Job,
    LegalHold,
    ListPreference,
    Notification,
    OutboxMessage,
    Run,
    SavedView,
)
from core.retention import is_person_held


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield what was done with the person's data, and the messages that name the person."""
    subject = {"subject_type": "person", "subject_id": str(identity.person_id)}
    entries = AuditEntry.objects.filter(site=identity.site_id, **subject).order_by("at", "pk")
    yield "audit entries", holdings.rows_of(entries, "at", "action")
    messages = holdings.with_terms(OutboxMessage.objects.all(), identity, "payload")
    yield "messages", holdings.rows_of(messages, "topic", "payload", "created_at", "sent_at")
    named = holdings.with_terms(_notifications(identity), identity, "params")
    yield "notifications to others", holdings.rows_of(named, "kind", "params", "created_at")


def erase(identity: Identity) -> Erased:
    """Remove the person's texts; audit entries name people by their keys, and stay.

    A message that is not sent yet is deleted: it would reach who is no longer known here.
    """
    messages = holdings.with_terms(OutboxMessage.objects.all(), identity, "payload", "last_error")
    unsent, _rows = messages.filter(sent_at=None).delete()
    rows = unsent + messages.update(payload={}, last_error="")
    rows += holdings.clear_terms(_notifications(identity), identity, "params")
    done = Job.objects.exclude(finished_at=None)
    rows += holdings.with_terms(done, identity, "args", "error").update(args=[], error="")
    runs = Run.objects.filter(site=identity.site_id)
    rows += holdings.clear_terms(runs, identity, "parameters", "cursor", "result")
    released = LegalHold.objects.filter(site=identity.site_id).exclude(released_at=None)
    rows += released.filter(identity.with_plate()).update(plate="", folded="")
    for views in (ListPreference, SavedView):
        rows += _delete_views(views, identity)
    # A PDF can't be searched; all of the site are rendered again when they are requested.
    rows += delete_documents(list(Document.objects.filter(site=identity.site_id)))
    delete_batches(identity.site_id)
    return Erased(rows)


def _notifications(identity: Identity) -> QuerySet[Notification]:
    """Return the notifications of the site, which may name the person."""
    return Notification.objects.filter(site=identity.site_id)


def _delete_views(model: Any, identity: Identity) -> int:
    """Delete views of lists whose filter looks for the person."""
    views = model.objects.filter(site=identity.site_id).exclude(query="")
    found = [view.pk for view in views if holdings.in_query(view.query, identity)]
    return int(model.objects.filter(pk__in=found).delete()[0])


def blocks(identity: Identity) -> Iterator[str]:
    """Yield that a legal hold forbids to erase the person."""
    folded = tuple(use.folded for use in identity.plates)
    if is_person_held(identity.site_id, identity.person_id, folded):
        yield _("the data is under a legal hold")


holdings.register(holdings.Part("core", export, erase, blocks))
