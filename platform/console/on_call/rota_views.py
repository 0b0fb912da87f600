"""The rota: who is on call in the coming weeks, its layers, covers and absences."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.on_call.coming import WEEKS, Coming, coming_weeks, turns_of
from console.on_call.forms import (
    MOST_PLACES,
    AbsenceForm,
    CoverForm,
    LayerForm,
    SwapForm,
)
from console.pages import render_page
from core import clock
from core.models import Site, User
from core.revisions import revision_of
from incidents.escalation import rota_editing
from incidents.escalation.responders import on_duty
from incidents.models import RotaLayer, RotaOverride, TestAlarm
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest, site_page
from ui.query_params import whole_number

_VIEW, _MANAGE = IncidentPermission.VIEW_INCIDENTS, IncidentPermission.MANAGE_ON_CALL
_CHANGED = ["live:rota"]
_SHOWN_TESTS = 10


@site_page(_VIEW)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show who is on call now and in the coming weeks."""
    weeks = whole_number(request.GET.get("weeks", ""))
    chosen = weeks if weeks in WEEKS else WEEKS[0]
    coming: Coming = coming_weeks(site, clock.now(), chosen)
    tests = TestAlarm.objects.filter(site=site).select_related("started_by")
    context = {
        "coming": coming,
        "weeks": chosen,
        "choices": WEEKS,
        "on_duty": on_duty(site),
        "layers": RotaLayer.objects.filter(site=site).prefetch_related("members__user"),
        "overrides": _overrides(site),
        "tests": tests.order_by("-began_at")[:_SHOWN_TESTS],
    }
    return render_page(request, "console/on_call/rota.html", context, "on_call")


@dialog_page(_MANAGE)
def add_layer(request: SiteRequest, site: Site) -> Change:
    """Add a layer."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    form = LayerForm(
        site,
        posted(request),
        initial={"first_day": monday, "hand_over": "08:00"},
        places=MOST_PLACES if request.method == "POST" else 6,
    )
    return Change(
        Dialog(title=_("Add a layer of the rota"), button=_("Add"), lead=_LAYER_LEAD),
        form,
        lambda _data: rota_editing.add_layer(site, request.user, form.values()),
        _("The layer was added."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def change_layer(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change a layer."""
    layer = get_object_or_404(RotaLayer, site=site, pk=pk)
    people = list(layer.members.order_by("position").values_list("user", flat=True))
    initial: dict[str, Any] = {
        name: getattr(layer, name)
        for name in ("name", "first_day", "hand_over", "turn_days", "days", "begins", "ends")
    }
    initial |= {f"person_{n}": user for n, user in enumerate(people, start=1)}
    initial["revision"] = revision_of(rota_editing.shown_values(layer))
    places = MOST_PLACES if request.method == "POST" else len(people) + 2
    form = LayerForm(site, posted(request), initial=initial, places=places)
    return Change(
        Dialog(title=_("Change “%(layer)s”") % {"layer": layer.name}, button=_("Save")),
        form,
        lambda data: rota_editing.change_layer(
            layer, request.user, form.values(), data["revision"]
        ),
        _("The layer was changed."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def remove_layer(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remove a layer."""
    layer = get_object_or_404(RotaLayer, site=site, pk=pk)
    return Change(
        Dialog(
            title=_("Remove “%(layer)s”") % {"layer": layer.name},
            button=_("Delete"),
            lead=_("Its turns and the covers in it are removed. This can't be undone."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda _data: rota_editing.remove_layer(layer, request.user),
        _("The layer was removed."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def add_cover(request: SiteRequest, site: Site, pk: int) -> Change:
    """Have a person cover a time of a layer."""
    layer = get_object_or_404(RotaLayer, site=site, pk=pk)
    initial = {name: _instant(request, name) for name in ("begins_at", "ends_at")}
    return Change(
        Dialog(title=_("Add cover to “%(layer)s”") % {"layer": layer.name}, button=_("Save")),
        CoverForm(site, posted(request), initial=initial),
        lambda data: rota_editing.add_cover(layer, request.user, **data),
        _("Saved."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def swap(request: SiteRequest, site: Site, pk: int) -> Change:
    """Swap two turns of a layer."""
    layer = get_object_or_404(RotaLayer, site=site, pk=pk)
    turns = turns_of(site, layer, clock.now())
    return Change(
        Dialog(
            title=_("Swap turns in “%(layer)s”") % {"layer": layer.name},
            button=_("Swap"),
            lead=_("The two people take each other's turn."),
        ),
        SwapForm([(key, turn.label) for key, turn in turns.items()], posted(request)),
        lambda data: rota_editing.swap_turns(
            layer, request.user, turns[data["first"]].taken, turns[data["second"]].taken
        ),
        _("The turns were swapped."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def add_absence(request: SiteRequest, site: Site) -> Change:
    """Enter an absence."""
    return Change(
        Dialog(title=_("Enter an absence"), button=_("Save")),
        AbsenceForm(site, posted(request)),
        lambda data: rota_editing.add_absence(
            site,
            request.user,
            data["absent"],
            data["begins_at"],
            data["ends_at"],
            data["user"],
            data["note"],
        ),
        _("Saved."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def remove_override(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remove a cover or an absence."""
    override = get_object_or_404(RotaOverride.objects.select_related("site"), site=site, pk=pk)
    person: User | None = override.absent or override.user
    return Change(
        Dialog(
            title=_("Remove the entry of %(name)s")
            % {"name": person.display_name if person else ""},
            button=_("Delete"),
            lead=_("The turns of the rotation apply again."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda _data: rota_editing.remove_override(override, request.user),
        _("Removed."),
        _CHANGED,
    )


_LAYER_LEAD = _("Each layer has one person on call. The first layer is notified first.")


def _overrides(site: Site) -> list[RotaOverride]:
    rows = RotaOverride.objects.filter(site=site, ends_at__gt=clock.now())
    return list(rows.select_related("layer", "absent", "user").order_by("begins_at", "pk"))


def _instant(request: SiteRequest, name: str) -> datetime | None:
    """Return an instant of the address, which a row of the table has put there."""
    try:
        return timezone.localtime(datetime.fromisoformat(request.GET.get(name, "")))
    except ValueError:
        return None
