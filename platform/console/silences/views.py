"""Silences: the list, adding one, ending one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from console.pages import render_page
from console.silences.forms import SilenceForm, places_of
from core import clock
from core.models import Site
from core.text_lists import joined
from incidents import kinds, services
from incidents.models import Silence
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest, site_page
from ui.tables import paginate

_SILENCE = IncidentPermission.SILENCE_INCIDENTS
CHANGED = ["list-changed"]


@site_page(_SILENCE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the silences of a site, latest first."""
    rows = Silence.objects.filter(site=site).select_related("author", "device")
    found = paginate(request, rows)
    places, now = dict(places_of(site)), clock.now()
    context = {"page": found, "rows": [_shown(each, places, now) for each in found]}
    return render_page(request, "console/silences/list.html", context, "silences")


@dialog_page(_SILENCE)
def add(request: SiteRequest, site: Site) -> Change:
    """Silence incidents for a time."""
    dialog = Dialog(
        title=_("Silence incidents"),
        lead=_("They are recorded and shown, and nobody is notified. All fields must match."),
        button=_("Silence"),
    )
    form = SilenceForm(site, posted(request))
    return Change(
        dialog,
        form,
        lambda _data: services.add_silence(site, request.user, form.values()),
        _("Silence added."),
        CHANGED,
    )


@dialog_page(_SILENCE)
def end(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a silence now."""
    silence = get_object_or_404(Silence, site=site, pk=pk)
    dialog = Dialog(
        title=_("End this silence"),
        lead=_("People are notified of the incidents that it still mutes."),
        button=_("End now"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda _data: services.end_silence(silence, request.user),
        _("Silence ended."),
        CHANGED,
    )


def _shown(silence: Silence, places: dict[str, str], now: Any) -> dict[str, Any]:
    matches = [capfirst(str(kinds.get(code).label)) for code in silence.kinds]
    if silence.device:
        matches.append(silence.device.code)
    if silence.place_key:
        matches.append(places.get(silence.place_key, silence.place_key))
    if silence.ends_at <= now:
        state = "ended"
    else:
        state = "current" if silence.begins_at <= now else "later"
    return {"silence": silence, "matches": joined(matches), "state": state}
