"""What is held of a person: exported in the background to download, or erased for good."""

import json
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from console.pages import render_page
from console.people.subjects import known_person_or_404, person_or_404
from core import audit
from core.models import Run, Site
from people import erasure, exports
from people.directory import occupancies_held
from people.models import Person
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.pages import SiteRequest, site_page
from ui.person_data import readable, room_title

CHANGED = ("list-changed",)
_ERASE = PeoplePermission.ERASE_PEOPLE


@site_page(_ERASE)
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the latest export and the erasure of a person, while they run and afterwards."""
    person = person_or_404(site, pk)
    export, erased = exports.exports_of(person).first(), erasure.latest_erasure(person)
    runs = [export.run if export else None, erased]
    context = {
        "person": person,
        "export": export,
        "erasure": erased,
        "erased": _erased(erased),
        "under_way": any(run and not run.is_ended for run in runs),
    }
    return render_page(request, "console/people/own_data.html", context, "people")


@dialog_page(_ERASE)
def export(request: SiteRequest, site: Site, pk: int) -> Change:
    """Start an export of all that is held of a person."""
    person = known_person_or_404(site, pk)
    return Change(
        Dialog(
            title=_("Export the data of %(name)s") % {"name": person.name},
            button=_("Export"),
            lead=_("Everything that is held of this person. It can be downloaded for seven days."),
        ),
        confirm_form(request),
        lambda data: exports.start_export(person, request.user),
        _("The export has started."),
        CHANGED,
    )


@site_page(_ERASE)
def export_json(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Download an export as JSON."""
    person, data = _exported(request, site, pk)
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return _download(text, "application/json", f"person-{person.pk}.json")


@site_page(_ERASE)
def export_page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Download an export as a page to read."""
    person, data = _exported(request, site, pk)
    return _download(readable(person.name, site.name, data), "text/html", f"person-{pk}.html")


@dialog_page(_ERASE)
def erase(request: SiteRequest, site: Site, pk: int) -> Change:
    """Erase a person's data; what has to be settled before, and what stays, is shown first."""
    person = known_person_or_404(site, pk)
    blocks = erasure.erasure_blocks(person)
    return Change(
        Dialog(
            title=_("Erase the data of %(name)s") % {"name": person.name},
            button="" if blocks else _("Erase for good"),
            lead=_("Settle this first:") if blocks else _("This can't be undone."),
            tone="danger-soft",
            template="console/people/erasure_preview.html",
            context={"blocks": blocks, "occupancies": occupancies_held(person).count()},
        ),
        confirm_form(request),
        lambda data: erasure.start_erasure(person, request.user),
        _("The erasure has started."),
        CHANGED,
    )


def _exported(request: SiteRequest, site: Site, pk: int) -> tuple[Person, dict[str, Any]]:
    """Return a person and the finished export; downloading it is audited.

    Raises:
        Http404: there is no export that is finished and kept.
    """
    person = known_person_or_404(site, pk)
    export = exports.exports_of(person).first()
    if export is None or export.run.state != Run.State.DONE:
        raise Http404(f"no export of person {pk}")
    audit.record(site, request.user, "download export", ("person", pk))
    return person, export.data


def _download(text: str, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _erased(run: Run | None) -> list[tuple[str, int, dict[str, int]]]:
    """Return what each room has erased and kept."""
    result = run.result if run else {}
    return [
        (room_title(room), found["rows"], found["kept"])
        for room, found in result.items()
        if isinstance(found, dict) and (found["rows"] or found["kept"])
    ]
