"""The site's vehicle classes: the list, its dialogs and its history."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.pages import render_page
from console.tariffs.forms import VehicleClassForm
from core.models import AuditEntry, Site
from core.text_lists import joined
from parking.models import VehicleClass
from parking.permissions import ParkingPermission
from parking.vehicle_classes import classes_of, remove_class, save_class
from ui.dialogs import Dialog, run_dialog
from ui.forms import ConfirmForm
from ui.pages import SiteRequest, site_page

_CHANGES_SHOWN = 20
# What the audit records of a class, in the order shown.
_FACTS = ("title", "title_zh", "rule", "values", "position")
_LABELS = {"values": _("Values"), "position": _("Order")}


@dataclass(frozen=True)
class Change:
    """One change of a class: added, removed, or the values before and after."""

    entry: AuditEntry
    code: str
    texts: list[str]


@site_page(ParkingPermission.MANAGE_TARIFFS)
def classes(request: SiteRequest, site: Site) -> HttpResponse:
    """List the classes in the order in which they are tested, and their latest changes."""
    context = {"classes": classes_of(site.pk), "changes": _changes(site)}
    return render_page(request, "console/tariffs/classes.html", context, "tariffs")


@site_page(ParkingPermission.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def add_class(request: SiteRequest, site: Site) -> HttpResponse:
    """Add a vehicle class."""
    return run_dialog(
        request,
        Dialog(title=_("Add a vehicle class"), button=_("Add")),
        VehicleClassForm(None, request.POST or None),
        lambda data: save_class(site, request.user, **data),
        _("Saved."),
        events=["list-changed"],
    )


@site_page(ParkingPermission.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def edit_class(request: SiteRequest, site: Site) -> HttpResponse:
    """Change a vehicle class, but not its code: tariffs and stays name it."""
    row = _find(request, site)
    return run_dialog(
        request,
        Dialog(title=_("Edit the class %(name)s") % {"name": row}, button=_("Save")),
        VehicleClassForm(row, request.POST or None),
        lambda data: save_class(site, request.user, row.code, **data),
        _("Saved."),
        events=["list-changed"],
    )


@site_page(ParkingPermission.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def delete_class(request: SiteRequest, site: Site) -> HttpResponse:
    """Remove a vehicle class that no tariff names."""
    row = _find(request, site)
    return run_dialog(
        request,
        Dialog(
            title=_("Remove the class %(name)s?") % {"name": row},
            button=_("Remove class"),
            lead=_("Stays that have this class keep it."),
            tone="danger-soft",
        ),
        ConfirmForm(request.POST if request.method == "POST" else None),
        lambda data: remove_class(site, request.user, row.code),
        _("Removed."),
        events=["list-changed"],
    )


def _changes(site: Site) -> list[Change]:
    entries = AuditEntry.objects.filter(site=site, subject_type="vehicle_class")
    return [
        Change(each, each.subject_id.removeprefix(f"{site.pk}-"), _texts(each.detail))
        for each in entries.order_by("-at", "-pk")[:_CHANGES_SHOWN]
    ]


def _texts(detail: dict[str, Any]) -> list[str]:
    """Return a change in words, from what the audit recorded before and after it."""
    before, after = detail.get("before"), detail.get("after")
    if before is None or after is None:
        values = after or before or {}
        given = [name for name in _FACTS if values.get(name)]
        facts = [f"{_label(name)}: {_text(name, values[name])}" for name in given]
        return [gettext("class added") if before is None else gettext("class removed"), *facts]
    return [
        gettext("%(rule)s: %(before)s → %(after)s")
        % {
            "rule": _label(name),
            "before": _text(name, before.get(name)),
            "after": _text(name, after.get(name)),
        }
        for name in _FACTS
        if before.get(name) != after.get(name)
    ]


def _label(name: str) -> str:
    if name in _LABELS:
        return str(_LABELS[name])
    field: Any = VehicleClass._meta.get_field(name)
    return str(capfirst(field.verbose_name))


def _text(name: str, value: Any) -> str:
    if name == "rule" and value in VehicleClass.Rule.values:
        return str(VehicleClass.Rule(value).label)
    if isinstance(value, list):
        return joined(value) or "–"
    return "–" if value in (None, "") else str(value)


def _find(request: SiteRequest, site: Site) -> VehicleClass:
    code = request.GET.get("code", "")
    for row in classes_of(site.pk):
        if row.code == code:
            return row
    raise Http404(f"no vehicle class {code!r} at {site.slug}")
