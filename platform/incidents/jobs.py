"""Scheduled jobs: delete personal data past its retention period (specification, R5)."""

from collections import Counter

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT

from core.jobs import every
from core.models import LegalHold
from core.retention import Scope, Sweep, past_period
from incidents import exercises, services, watch_reminders
from incidents.alarms.timers import watch_added_devices
from incidents.escalation.retention import delete_past_duty
from incidents.escalation.running import resume_escalations
from incidents.evidence.camera_tests import delete_test_pictures
from incidents.evidence.pictures import give_up_requests
from incidents.evidence.retention import delete_openings, erase_evidence
from incidents.feeds import renewal
from incidents.feeds.jobs import redact_messages, warn_of_late_deliveries
from incidents.models import (
    Comment,
    Disposition,
    Incident,
    LiaisonReply,
    Occurrence,
    TimelineEntry,
    WatchEntry,
)
from incidents.retention import EVIDENCE, WATCH_LIST
from incidents.sealing.exporting import delete_exports

__all__ = [
    "delete_exports",
    "delete_openings",
    "delete_past_duty",
    "delete_test_pictures",
    "end_exercises",
    "erase_evidence",
    "give_up_requests",
    "redact_incidents",
    "redact_messages",
    "remind_of_watch_entries",
    "renew_alerts",
    "resume_escalations",
    "unmute_incidents",
    "warn_of_late_deliveries",
    "watch_added_devices",
]

_OCCURRENCES = Scope(site="incident__site", at="at", plate="named_plate", incident="incident")
_TEXTS = Scope(site="incident__site", at="at", incident="incident")
_ENTRIES = Scope(site="site", at="ends_at", plate="plate", folded="folded")


@every(minutes=1)
def unmute_incidents() -> int:
    """Notify people of muted incidents that are still active when nothing mutes them any more.

    Returns:
        The number of sites with incidents that were muted, or hidden by others.
    """
    rows = Incident.objects.exclude(state__in=Incident.ENDED).order_by()
    muted = Q(announced_at=None, late=False) | Q(inhibited_by__isnull=False)
    sites = sorted(set(rows.filter(muted).values_list("site_id", flat=True)))
    for site_id in sites:
        services.refresh_site(site_id)
    return len(sites)


@every(minutes=720)
@transaction.atomic
def redact_incidents() -> int:
    """Delete the details of incidents and the plates of watch-list entries that ended long ago.

    What occurred, comments and the texts of the timeline are details. The legal basis, the review,
    the outcome, and who did what when stay on record.

    Returns:
        The number of rows that were changed.
    """
    return _redact_occurrences() + _redact_entries()


def _redact_occurrences() -> int:
    rows = Occurrence.objects.exclude(detail={}).alias(named_plate=KT("detail__plate"))
    sweep = Sweep(EVIDENCE, rows, _OCCURRENCES, "incident__ended_at")
    due = dict(sweep.due().values_list("pk", "incident__site"))
    replies = LiaisonReply.objects.filter(incident__log__in=due)
    replies.update(text="", answer="")
    Occurrence.objects.filter(pk__in=due).update(detail={})
    sweep.count(Counter(due.values()))
    sweep.count(_redact_comments())
    _redact_timeline()
    return sweep.record()


def _redact_comments() -> Counter[int]:
    sweep = Sweep(EVIDENCE, Comment.objects.exclude(text=""), _TEXTS, "incident__ended_at")
    due = dict(sweep.due().values_list("pk", "incident__site"))
    Comment.objects.filter(pk__in=due).update(text="")
    return Counter(due.values())


def _redact_timeline() -> None:
    """Delete the texts of the timeline, which repeat those of reviews and comments."""
    sweep = Sweep(EVIDENCE, TimelineEntry.objects.exclude(values={}), _TEXTS, "incident__ended_at")
    due = list(sweep.due().values_list("pk", flat=True))
    TimelineEntry.objects.filter(pk__in=due).update(values={})


def _redact_entries() -> int:
    sweep = Sweep(WATCH_LIST, _entries(), _ENTRIES)
    due = dict(sweep.due().values_list("pk", "site"))
    WatchEntry.objects.filter(pk__in=due).update(plate="", folded="")
    Disposition.objects.filter(entry__in=due).update(target="", title="")
    sweep.count(Counter(due.values()))
    return sweep.record()


def _entries() -> QuerySet[WatchEntry]:
    """Return the entries with a plate of which no incident needs it or is under a hold."""
    entry = OuterRef("pk")
    own = Incident.objects.filter(Q(watch_entry=entry) | Q(merged__watch_entry=entry))
    holds = LegalHold.objects.filter(released_at=None, kind=LegalHold.Kind.INCIDENT)
    over = past_period(EVIDENCE, "site", "ended_at")
    held = Exists(holds.filter(incident=OuterRef("pk")))
    needed = own.exclude(over) | own.filter(held)
    return WatchEntry.objects.exclude(plate="").exclude(Exists(needed))


@every(minutes=60)
def remind_of_watch_entries() -> int:
    """Notify the persons responsible of watch-list entries that end soon.

    Returns:
        The number of entries.
    """
    return watch_reminders.remind_of_endings()


@every(minutes=1)
def end_exercises() -> int:
    """End the exercises whose time is up; return their number."""
    return exercises.end_overdue()


@every(minutes=10)
def renew_alerts() -> int:
    """Renew the alerts of open incidents that expire soon; return how many were."""
    return renewal.renew_due()
