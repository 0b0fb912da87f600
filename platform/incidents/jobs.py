"""Scheduled jobs: delete personal data past its retention period (specification, R5)."""

from collections import Counter

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KT

from core.jobs import every
from core.models import LegalHold
from core.retention import Scope, Sweep, past_period
from incidents import exercises, watch_reminders
from incidents.alarms.timers import watch_added_devices
from incidents.escalation.retention import delete_past_duty
from incidents.escalation.running import resume_escalations
from incidents.evidence.camera_tests import delete_test_pictures
from incidents.evidence.pictures import give_up_requests
from incidents.evidence.retention import erase_evidence
from incidents.feeds import renewal
from incidents.feeds.jobs import redact_messages, warn_of_late_deliveries
from incidents.models import Disposition, Incident, Occurrence, WatchEntry
from incidents.retention import EVIDENCE, WATCH_LIST
from incidents.sealing.exporting import delete_exports

__all__ = [
    "delete_exports",
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
    "warn_of_late_deliveries",
    "watch_added_devices",
]

_OCCURRENCES = Scope(site="incident__site", at="at", plate="named_plate", incident="incident")
_ENTRIES = Scope(site="site", at="ends_at", plate="plate", folded="folded")


@every(minutes=720)
@transaction.atomic
def redact_incidents() -> int:
    """Delete the details of occurrences and the plates of watch-list entries that ended long ago.

    The legal basis, the review and the outcome stay on record.

    Returns:
        The number of occurrences and entries that were changed.
    """
    return _redact_occurrences() + _redact_entries()


def _redact_occurrences() -> int:
    rows = Occurrence.objects.exclude(detail={}).alias(named_plate=KT("detail__plate"))
    sweep = Sweep(EVIDENCE, rows, _OCCURRENCES, "incident__ended_at")
    due = dict(sweep.due().values_list("pk", "incident__site"))
    Occurrence.objects.filter(pk__in=due).update(detail={})
    sweep.count(Counter(due.values()))
    return sweep.record()


def _redact_entries() -> int:
    sweep = Sweep(WATCH_LIST, _entries(), _ENTRIES)
    due = dict(sweep.due().values_list("pk", "site"))
    WatchEntry.objects.filter(pk__in=due).update(plate="", folded="")
    Disposition.objects.filter(entry__in=due).update(target="", title="")
    sweep.count(Counter(due.values()))
    return sweep.record()


def _entries() -> QuerySet[WatchEntry]:
    """Return the entries with a plate of which no incident needs it or is under a hold."""
    own = Incident.objects.filter(watch_entry=OuterRef("pk"))
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
