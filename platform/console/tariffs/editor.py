"""The page that edits a tariff: as fields or as JSON, with lot, start and preview."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

import pricing
from console.tariffs.entry import TariffEntry
from console.tariffs.forms import DocumentForm, PreviewForm, PublicationForm
from console.tariffs.previews import Preview, make_preview, this_hour, vehicle_choices
from core import clock
from core.errors import Rejection
from core.models import Site
from estate.models import Lot
from parking.labels import tidy
from parking.publishing import Publication, plan_publication, read_json
from pricing.form_fields import fields_of, first_difference, lost_in_fields
from ui.forms import PlainForm

FIELDS, JSON = "fields", "json"
# What a change between fields and JSON leaves as it was entered.
_SHARED = ("lot", "valid_from", "entry", "vehicle")


class Editor:
    """The forms of the page, bound to a POST or filled with a document.

    Attributes:
        mode: `FIELDS` or `JSON`.
        notice: why a document is shown as JSON although fields were asked for.
        missing: whether a required field is empty.
    """

    def __init__(
        self,
        site: Site,
        mode: str,
        posted: QueryDict | None = None,
        document: dict[str, Any] | None = None,
        lot: Lot | None = None,
    ) -> None:
        self.mode, self.notice, self.missing = mode, "", False
        self.publication = PublicationForm(site, posted, initial={"lot": lot})
        self.preview = PreviewForm(vehicle_choices(site), posted, initial={"entry": this_hour()})
        self.entry: TariffEntry | None = None
        self.json: DocumentForm | None = None
        if mode == FIELDS:
            self.entry = TariffEntry(site, posted, fields_of(document) if document else {})
        else:
            text = as_json(tidy(document)) if document else ""
            self.json = DocumentForm(posted, initial={"document": text})

    def forms(self) -> Iterator[PlainForm]:
        """Yield all forms of the page."""
        yield self.publication
        yield self.preview
        if self.entry is not None:
            yield from self.entry.forms()
        if self.json is not None:
            yield self.json

    @property
    def lot(self) -> Lot:
        """The lot that was chosen."""
        lot: Lot = self.publication.cleaned_data["lot"]
        return lot

    @property
    def start(self) -> datetime:
        """When the version starts: a start in the past would change prices of the past."""
        return max(self.publication.cleaned_data["valid_from"], clock.now())

    @property
    def has_errors(self) -> bool:
        """Whether any field is invalid."""
        return any(form.errors for form in self.forms())

    def is_valid(self) -> bool:
        """Validate all forms."""
        rest = self.entry or self.json
        valid = [form.is_valid() for form in (self.publication, self.preview, rest) if form]
        return all(valid)

    def text(self) -> str:
        """Return the tariff as JSON."""
        if self.json is not None:
            return str(self.json.cleaned_data["document"])
        return as_json(self.entry.document()) if self.entry is not None else ""

    @cached_property
    def plan(self) -> Publication | None:
        """What publishing would do; None with the errors at their fields."""
        if not self.is_valid():
            return None
        try:
            return plan_publication(self.lot, text=self.text(), valid_from=self.start)
        except Rejection as rejection:
            self.add_rejection(rejection)
            return None

    @cached_property
    def prices(self) -> Preview | None:
        """The plan's prices; None with the errors at their fields."""
        if self.plan is None:
            return None
        data, plan = self.preview.cleaned_data, self.plan
        entry = data["entry"] or plan.valid_from
        try:
            return make_preview(plan.document, plan.tariff, entry, data["vehicle"], plan.replaced)
        except pricing.PricingError as error:
            self.preview.add_error("entry", error.message)
            return None

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a rejection at the field that it names by its path."""
        if rejection.field != "document":
            self.publication.add_rejection(rejection)
        elif self.entry is not None:
            self.entry.add_fault(rejection.message, rejection.hint)
        elif self.json is not None:
            self.json.add_rejection(rejection)

    def forget_missing(self) -> None:
        """Remove the errors of empty required fields, which are still to be filled in."""
        for form in self.forms():
            for name, errors in list(form.errors.as_data().items()):
                if all(error.code == "required" for error in errors):
                    del form.errors[name]
                    self.missing = True

    def as_posted(self) -> QueryDict:
        """Return what a browser would send for the forms as they are."""
        data = QueryDict(mutable=True)
        for form in self.forms():
            for field in form:
                data.setlist(field.html_name, _values(field))
        if self.entry is not None:
            data.update({f"{name}-rows": str(n) for name, n in self.entry.counts().items()})
        return data


def open_document(
    site: Site,
    document: dict[str, Any],
    mode: str = FIELDS,
    *,
    lot: Lot | None = None,
    shared: QueryDict | None = None,
) -> Editor:
    """Return an editor of a document: as fields, unless they cannot hold it.

    Args:
        site: the site of the tariff.
        document: a tariff/1 document.
        mode: `FIELDS` or `JSON`.
        lot: the lot that is chosen.
        shared: a POST whose lot, start and preview are kept.

    Raises:
        TariffError: the shape of the document is invalid.
    """
    lost = _lost(site, document) if mode == FIELDS else None
    shown_as = JSON if lost else mode
    data = Editor(site, shown_as, document=document, lot=lot).as_posted()
    for name in _SHARED:
        if shared is not None and name in shared:
            data[name] = str(shared[name])
    editor = Editor(site, shown_as, data)
    if lost:
        text = _("The fields cannot show “%(path)s”, so the tariff is shown as JSON.")
        editor.notice = text % {"path": lost}
    return editor


def _lost(site: Site, document: dict[str, Any]) -> str | None:
    """Return the path of the first part that the fields would lose, in any of their ways.

    The form itself is asked, too: it removes spaces around texts, for example.
    """
    if document["currency"] != site.currency:
        return "currency"
    lost = lost_in_fields(document)
    entry = Editor(site, FIELDS, Editor(site, FIELDS, document=document).as_posted()).entry
    if lost is None and entry is not None and entry.is_valid():
        return first_difference(document, entry.document())
    return lost


def document_in(text: str) -> dict[str, Any]:
    """Return the document of a JSON text, if its shape is that of a tariff.

    Raises:
        Rejection: it is no JSON, or no tariff/1 document.
    """
    document: dict[str, Any] = read_json(text)
    try:
        return tidy(document)
    except pricing.TariffError as error:
        raise Rejection("document", "tariff_invalid", error.at, error.message) from error


def as_json(document: dict[str, Any]) -> str:
    """Return a document as indented JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _values(field: forms.BoundField) -> list[str]:
    """Return what a browser would send for a field."""
    value, widget = field.value(), field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    shown = widget.format_value(value)
    if isinstance(widget, forms.Select):
        # A browser sends the first option if none is chosen.
        return [str(shown[0] or next(iter(widget.choices))[0])]
    if isinstance(shown, list | tuple):
        return [str(each) for each in shown]
    return ["" if shown is None else str(shown)]
