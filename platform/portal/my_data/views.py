"""A resident's own data: profile, export as a page and as JSON, request to erase."""

import json
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import holdings
from core.errors import Rejection
from core.models import Run
from core.revisions import revision_of
from people import exports
from people.accounts import requests
from people.erasure import erasure_blocks
from people.models import PersonExport
from people.services import change_person, person_values
from portal.residents import HomeRequest, home_page, redirect_home, render_home
from ui.forms import RevisedForm
from ui.person_data import sections_of

_METHODS = ["GET", "HEAD", "POST"]
_SHOWN = 5


class OwnProfileForm(RevisedForm):
    """How the management reaches the resident."""

    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )


@require_http_methods(_METHODS)
@home_page
def profile(request: HomeRequest) -> HttpResponse:
    """Show how the management reaches the resident, or change it."""
    person = request.person
    initial = {**person_values(person), "revision": revision_of(person_values(person))}
    form = OwnProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            change_person(person, request.user, **form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            return redirect_home(request, "own_profile", _("Saved."))
    status = 422 if form.errors else 200
    context = {"form": form}
    return render_home(
        request, "portal/my_data/profile.html", context, here="profile", status=status
    )


@require_GET
@home_page
def data(request: HomeRequest) -> HttpResponse:
    """Show the exports of the resident's data, and how to have it erased."""
    return _data_page(request)


@require_POST
@home_page
def export(request: HomeRequest) -> HttpResponse:
    """Start to gather all that is held of the resident."""
    exports.start_export(request.person, request.user)
    return redirect_home(request, "own_data")


@require_GET
@home_page
def progress(request: HomeRequest, pk: int) -> HttpResponse:
    """Render the state of one export, for the page that waits for it."""
    found = get_object_or_404(exports.exports_of(request.person), pk=pk)
    context = {"export": found, "binding": request.binding}
    return render_home(request, "portal/my_data/export.html", context, here="data")


@require_GET
@home_page
def read(request: HomeRequest, pk: int) -> HttpResponse:
    """Show an export as a page."""
    found = _finished(request, pk)
    context = {"export": found, "sections": sections_of(found.data)}
    return render_home(request, "portal/my_data/read.html", context, here="data")


@require_GET
@home_page
def download(request: HomeRequest, pk: int) -> HttpResponse:
    """Send an export as a JSON file."""
    found = _finished(request, pk)
    text = json.dumps(found.data, ensure_ascii=False, indent=1)
    name = f"my-data-{found.created_at:%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)


@require_POST
@home_page
def erase(request: HomeRequest) -> HttpResponse:
    """Ask the management to erase the resident's data."""
    try:
        requests.request_erasure(request.person, request.user)
    except Rejection as rejection:
        return _data_page(request, rejection)
    return redirect_home(request, "requests", _("Requested. The management decides about it."))


def _data_page(request: HomeRequest, rejection: Rejection | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "exports": list(exports.exports_of(request.person)[:_SHOWN]),
        "rooms": len(holdings.parts()),
        "blocks": erasure_blocks(request.person),
        "rejection": rejection,
    }
    status = 409 if rejection else 200
    return render_home(request, "portal/my_data/data.html", context, here="data", status=status)


def _finished(request: HomeRequest, pk: int) -> PersonExport:
    found = get_object_or_404(exports.exports_of(request.person), pk=pk)
    if found.run.state != Run.State.DONE:
        raise Http404("the export is not finished")
    return found
