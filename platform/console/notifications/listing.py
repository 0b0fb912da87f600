"""The list of notifications of a site: to whom, of what, when and how."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.delivery_labels import STATES, all_described
from core.models import Notification, NotificationDelivery, Site
from core.notifications import kinds
from core.notifications.channels import LABELS
from core.notifications.rendering import title_of
from core.notifications.selectors import with_deliveries
from core.severities import Severity
from incidents.escalation.notices import subject_of
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, choice_filter, containing
from ui.lists.cells import RowPage, shows, shows_moment
from ui.pages import Text

_SEVERITIES = dict(Severity.choices)


class NotificationFilter(ListFilter):
    """Filters of notifications."""

    private = frozenset({"person"})

    person = forms.CharField(label=_("Person"), required=False, max_length=160)
    kind = choice_filter(_("Kind"))
    incident = forms.IntegerField(label=_("Incident"), required=False, min_value=1)
    channel = choice_filter(_("Channel"), LABELS.items())
    state = choice_filter(_("State"), STATES.items())
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)

    def set_choices(self, site: Site) -> None:
        """Offer the kinds that rooms have declared."""
        self.offer("kind", [(kind.code, kind.label) for kind in kinds.declared()])


def notifications(site: Site) -> QuerySet[Notification]:
    """Return the site's notifications with their recipients and deliveries."""
    return with_deliveries(Notification.objects.filter(site=site))


def _with_delivery(field: str) -> Any:
    def narrow(_site: Site, rows: QuerySet[Notification], value: str) -> QuerySet[Notification]:
        found = NotificationDelivery.objects.filter(notification=OuterRef("pk"), **{field: value})
        return rows.filter(Exists(found))

    return narrow


def _of_incident(_site: Site, rows: QuerySet[Notification], number: int) -> QuerySet[Notification]:
    return rows.filter(subjects__key=subject_of(number))


def _kind(row: Notification) -> Text:
    kind = kinds.get(row.kind)
    return kind.label if kind is not None else row.kind


def _title(row: Notification, _page: RowPage) -> object:
    if row.count == 1:
        return title_of(row)
    shown = '<span>{} <span class="muted">×{}</span></span>'
    return format_html(shown, title_of(row), row.count)


def _how(row: Notification, _page: RowPage) -> object:
    lines = ((line,) for line in all_described(row))
    shown = format_html_join("", '<span class="delivery">{}</span>', lines)
    return format_html('<span class="small">{}</span>', shown)


NOTIFICATIONS = Listing(
    name="notifications",
    title=_("Sent notifications"),
    rows=notifications,
    columns=(
        Column("at", _("When"), lambda row: row.latest_at, sort="latest_at", fixed=True),
        Column("person", _("Person"), lambda row: row.recipient.display_name, fixed=True),
        Column("kind", _("Kind"), _kind),
        Column("title", _("What"), title_of, prose=True),
        Column("count", _("Notices"), lambda row: row.count, numeric=True, exported=True),
        Column("severity", _("Severity"), lambda row: row.get_severity_display()),
        Column("how", _("How"), lambda row: "; ".join(all_described(row)), prose=True),
        Column("read", pgettext_lazy("notification", "Read"), lambda row: row.read_at),
    ),
    cells={
        "at": shows_moment(lambda row: row.latest_at, "both"),
        "kind": shows(_kind),
        "title": _title,
        "severity": shows(lambda row: _SEVERITIES[row.severity]),
        "how": _how,
        "read": shows_moment(lambda row: row.read_at, "date"),
    },
    sort="-at",
    filters=NotificationFilter,
    lookups={
        "person": containing(
            "recipient__username", "recipient__first_name", "recipient__last_name"
        ),
        "kind": "kind",
        "incident": _of_incident,
        "channel": _with_delivery("channel"),
        "state": _with_delivery("state"),
        "since": "latest_at__gte",
        "until": "created_at__lt",
    },
    empty=_("Nobody was notified yet."),
)
