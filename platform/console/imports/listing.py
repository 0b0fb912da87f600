"""The list of past imports."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.imports import all_kinds
from core.imports.selectors import batches
from core.models import ImportBatch, Site
from core.topics import IMPORT
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter
from ui.lists.cells import RowPage, link, shows_moment, state

_TONES: dict[str, str] = {
    ImportBatch.State.APPLIED: "go",
    ImportBatch.State.CHECKED: "wait",
    ImportBatch.State.REJECTED: "stop",
    ImportBatch.State.FAILED: "stop",
}


class ImportFilter(ListFilter):
    """Filters of imports."""

    kind = choice_filter(_("List"))
    state = choice_filter(_("State"), ImportBatch.State.choices)
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)

    def set_choices(self, site: Site) -> None:
        """Offer the kinds of lists."""
        self.offer("kind", [(kind.code, kind.title) for kind in all_kinds()])


def title_of(batch: ImportBatch) -> str:
    """Return what a batch's kind of list is called; its code if the kind is gone."""
    titles = {kind.code: kind.title for kind in all_kinds()}
    return str(titles.get(batch.kind, batch.kind))


def _state(batch: ImportBatch, _page: RowPage) -> SafeString:
    tone = "busy" if batch.is_working else _TONES.get(batch.state, "")
    return state(batch.get_state_display(), tone)


IMPORTS = Listing(
    name="imports",
    title=_("Imports"),
    rows=batches,
    columns=(
        Column("file", _("File"), lambda batch: batch.file_name, fixed=True),
        Column("kind", _("List"), title_of),
        Column("state", _("State"), lambda batch: batch.get_state_display()),
        Column("created", _("New"), lambda batch: batch.created, numeric=True),
        Column("changed", _("Changed"), lambda batch: batch.changed, numeric=True),
        Column("unchanged", _("Unchanged"), lambda batch: batch.unchanged, numeric=True),
        Column("rejected", _("With errors"), lambda batch: batch.rejected, numeric=True),
        Column("by", _("By"), lambda batch: batch.by.display_name),
        Column("uploaded", _("Uploaded"), lambda batch: batch.uploaded_at, sort="uploaded_at"),
    ),
    cells={
        "file": lambda batch, page: link(
            page.address("console:import", batch.pk), format_html("<b>{}</b>", batch.file_name)
        ),
        "state": _state,
        "uploaded": shows_moment(lambda batch: batch.uploaded_at),
    },
    sort="-uploaded",
    filters=ImportFilter,
    lookups={
        "kind": "kind",
        "state": "state",
        "since": "uploaded_at__gte",
        "until": "uploaded_at__lt",
    },
    presets=(
        Preset(_("All"), {}),
        Preset(_("Ready to import"), {"state": ImportBatch.State.CHECKED}),
        Preset(_("With errors"), {"state": ImportBatch.State.REJECTED}),
        Preset(_("Imported"), {"state": ImportBatch.State.APPLIED}),
    ),
    topics=(IMPORT.name,),
    empty=_("No imports yet. Import buildings and units first, then people, cars and meters."),
)
