"""Reminders before watch-list entries end, to the person responsible for the entry."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import clock, notifications
from core.notifications import Notice, NoticeKind
from core.severities import Severity
from incidents.models import WatchEntry
from incidents.permissions import IncidentPermission

AHEAD = timedelta(days=7)


def _day(stored: str) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(stored)):%Y-%m-%d}"


ENDING = notifications.declare(
    NoticeKind(
        "watch_entry_ends",
        _("Watch-list entries that end soon"),
        IncidentPermission.MANAGE_WATCH_LIST,
        texts={
            "ends": _("A watch-list entry ends on %(day)s"),
            "renew": _("Document %(document)s. Renew it, or let it end."),
        },
        formats={"day": _day},
    )
)


@transaction.atomic
def remind_of_endings() -> int:
    """Notify of the approved entries that end within `AHEAD` and have no renewal, once each.

    The creator is notified, or who approved a request that an authority has sent. The entries end
    on time whether this runs or not.

    Returns:
        The number of entries.
    """
    now = clock.now()
    renewals = WatchEntry.objects.filter(renews=OuterRef("pk"), end_reason="")
    due = (
        WatchEntry.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(ends_at__gt=now, ends_at__lte=now + AHEAD, reminded_at=None)
        .exclude(approved_by=None)
        .exclude(Exists(renewals))
        .select_related("site", "created_by", "approved_by")
        .order_by("pk")
    )
    found = list(due)
    for entry in found:
        _remind(entry)
    WatchEntry.objects.filter(pk__in=[entry.pk for entry in found]).update(reminded_at=now)
    return len(found)


def _remind(entry: WatchEntry) -> None:
    responsible = entry.created_by or entry.approved_by
    notifications.notify(
        Notice(
            kind=ENDING.code,
            severity=Severity.MINOR,
            group_key=f"watch:{entry.pk}",
            recipients=[responsible] if responsible else [],
            site=entry.site,
            title="ends",
            text="renew",
            params={"day": entry.ends_at.isoformat(), "document": entry.document_no},
            path=reverse("console:watch_entry", args=[entry.site.slug, entry.pk]),
        )
    )
