"""Notices to the colleagues who may approve a watch-list entry; they name no plate."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import notifications
from core.notifications import Notice, NoticeKind
from core.notifications.channels import MAIL, PUSH, SMS
from core.severities import Severity
from incidents.models import WatchEntry
from incidents.permissions import IncidentPermission
from people.staff import holders_of

WAITING = notifications.declare(
    NoticeKind(
        "watch_entry_waits",
        _("Watch-list entries that wait for approval"),
        IncidentPermission.MANAGE_WATCH_LIST,
        texts={
            "entry": _("A watch-list entry waits for approval"),
            "renewal": _("The renewal of a watch-list entry waits for approval"),
            "disposition": _("A watch-list entry that an authority requests waits for approval"),
            "document": _("Document %(document)s, %(organisation)s"),
        },
        defaults={MAIL: None, PUSH: Severity.MINOR, SMS: None},
    )
)


def notify_approvers(entry: WatchEntry) -> None:
    """Notify those who may approve an entry: everyone who manages the list, but its creator."""
    site = entry.site
    managing = holders_of(site, IncidentPermission.MANAGE_WATCH_LIST)
    if entry.disposition_id is not None:
        title = "disposition"
    else:
        title = "renewal" if entry.renews_id is not None else "entry"
    notifications.notify(
        Notice(
            kind=WAITING.code,
            severity=Severity.MINOR,
            group_key=f"watch_waits:{entry.pk}",
            recipients=[user for user in managing if user.pk != entry.created_by_id],
            site=site,
            title=title,
            text="document",
            params={"document": entry.document_no, "organisation": entry.requesting_org},
            path=reverse("console:watch_entry", args=[site.slug, entry.pk]),
        )
    )
