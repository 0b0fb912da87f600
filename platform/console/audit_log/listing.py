"""The list of audit entries."""

import json

from django import forms
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from console.audit_labels import ACTIONS, action_label
from console.audit_log.details import described
from core.models import AuditEntry, Site
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, choice_filter
from ui.lists.cells import RowPage, shows_moment


class AuditFilter(ListFilter):
    """Filters of audit entries."""

    private = frozenset({"actor"})

    actor = forms.CharField(label=_("Who"), required=False, max_length=160)
    action = choice_filter(_("Action"))
    kind = forms.SlugField(label=_("Subject type"), required=False, max_length=40)
    subject = forms.CharField(label=_("Subject"), required=False, max_length=120)
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)

    def set_choices(self, site: Site) -> None:
        """Offer the actions that have a label, by it."""
        self.offer(
            "action", sorted(((code, str(text)) for code, text in ACTIONS.items()), key=_text)
        )


def _text(choice: tuple[str, str]) -> str:
    return choice[1]


def entries(site: Site) -> QuerySet[AuditEntry]:
    """Return the site's audit entries, with their seals."""
    return AuditEntry.objects.filter(site=site).select_related("seal", "site")


def written_detail(entry: AuditEntry) -> str:
    """Return an entry's further values as one line of JSON; empty where there are none."""
    return json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""


def _seal(entry: AuditEntry, _page: RowPage) -> object:
    seal = getattr(entry, "seal", None)
    if seal is not None:
        return seal.seq
    return format_html('<span class="muted">{}</span>', _("not sealed yet"))


def _detail(entry: AuditEntry, _page: RowPage) -> object:
    words = described(entry.detail, entry.site.currency if entry.site else "")
    return format_html('<span class="small muted break-any">{}</span>', words)


AUDIT = Listing(
    name="audit",
    title=_("Audit log"),
    rows=entries,
    columns=(
        Column("at", _("When"), lambda entry: entry.at, sort="at", fixed=True),
        Column("actor", _("Who"), lambda entry: entry.actor),
        Column("action", _("Action"), lambda entry: action_label(entry.action)),
        Column("subject", _("Subject"), lambda e: f"{e.subject_type} {e.subject_id}"),
        Column("detail", _("Details"), written_detail, prose=True),
        Column("seal", _("Seal"), lambda entry: getattr(getattr(entry, "seal", None), "seq", "")),
    ),
    cells={
        "at": shows_moment(lambda entry: entry.at, "both"),
        "detail": _detail,
        "seal": _seal,
    },
    sort="-at",
    filters=AuditFilter,
    lookups={
        "actor": "actor",
        "action": "action",
        "kind": "subject_type",
        "subject": "subject_id",
        "since": "at__gte",
        "until": "at__lt",
    },
    empty=_("Nothing was recorded yet."),
)
