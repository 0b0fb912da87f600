"""What this room holds of people: details of incidents, and entries of the watch-list."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from core import clock, holdings
from core.holdings import Erased, Identity, Row
from incidents import notes
from incidents.feeds import redaction
from incidents.models import (
    Comment,
    Disposition,
    Incident,
    LiaisonReply,
    Occurrence,
    Review,
    Silence,
    TimelineEntry,
    WatchEntry,
)


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the incidents that name the person; entries of the watch-list are confidential."""
    rows = _occurrences(identity).order_by("at")
    yield "incidents", holdings.rows_of(rows, "at", "incident__kind", "detail")
    named = holdings.with_terms(_comments(identity), identity, "text").order_by("at")
    yield "comments on incidents", holdings.rows_of(named, "at", "incident__kind", "text")
    yield "notes", notes.naming(identity)


def erase(identity: Identity) -> Erased:
    """Blank what has ended; an incident under review and an entry in force have a legal basis."""
    ended = Incident.ENDED
    found = _occurrences(identity)
    active = found.exclude(incident__state__in=ended).count()
    keys = list(found.filter(incident__state__in=ended).values_list("pk", flat=True))
    rows = Occurrence.objects.filter(pk__in=keys).update(detail={})
    incidents = Incident.objects.filter(site=identity.site_id)
    rows += holdings.clear_terms(incidents, identity, "review_reason")
    sent = redaction.unredacted().filter(
        identity.with_plate("content__plate", "created_at"), incident__site=identity.site_id
    )
    rows += redaction.redact(sent.filter(incident__state__in=ended))
    rows += holdings.clear_terms(_comments(identity), identity, "text")
    reviews = Review.objects.filter(incident__site=identity.site_id)
    rows += holdings.clear_terms(reviews, identity, "reason")
    events = TimelineEntry.objects.filter(incident__site=identity.site_id)
    rows += holdings.clear_terms(events, identity, "values")
    silences = Silence.objects.filter(site=identity.site_id)
    rows += holdings.clear_terms(silences, identity, "reason")
    replies = LiaisonReply.objects.filter(incident__in=incidents.filter(state__in=ended))
    rows += holdings.clear_terms(replies, identity, "text", "answer")
    rows += notes.clear(identity)
    watched = WatchEntry.objects.filter(identity.with_plate(), site=identity.site_id)
    over = watched.filter(ends_at__lte=clock.now())
    needed = over.filter(incidents__isnull=False).exclude(incidents__state__in=ended)
    over = over.exclude(pk__in=needed.values("pk"))
    rows += holdings.clear_terms(over, identity, "end_reason")
    rows += Disposition.objects.filter(entry__in=over).update(target="", title="")
    rows += over.update(plate="", folded="")
    # What is over has no plate any more.
    kept = {"incidents under review": active, "entries of the watch-list": watched.count()}
    return Erased(rows, {reason: count for reason, count in kept.items() if count})


def _comments(identity: Identity) -> QuerySet[Comment]:
    return Comment.objects.filter(incident__site=identity.site_id)


def _occurrences(identity: Identity) -> QuerySet[Occurrence]:
    rows = Occurrence.objects.filter(incident__site=identity.site_id)
    named = holdings.with_terms(rows, identity, "detail")
    return Occurrence.objects.filter(
        Q(pk__in=named.values("pk")) | identity.with_plate("detail__plate", "at"),
        incident__site=identity.site_id,
    )


holdings.register(holdings.Part("incidents", export, erase))
