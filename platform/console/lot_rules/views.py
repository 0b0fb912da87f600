"""The rules of the car parks, and who changed them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from console.lot_rules.forms import RulesForm
from console.pages import render_page
from core import audit
from core.models import AuditEntry, Site
from core.money import Money
from estate.models import Lot
from parking.models import LotRules
from parking.permissions import ParkingPermission
from parking.rules import rule_names, rule_values, set_rules
from ui.dialogs import Dialog, run_dialog
from ui.pages import SiteRequest, site_page

_HISTORY = 20


@dataclass(frozen=True)
class Change:
    """One change of a lot's rules, in words."""

    entry: AuditEntry
    texts: list[str]


@site_page(ParkingPermission.MANAGE_RULES)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the rules of each lot with their history."""
    lots = [(lot, _shown(lot), _changes(lot)) for lot in _lots(site)]
    return render_page(request, "console/lot_rules/list.html", {"lots": lots}, "lot_rules")


@site_page(ParkingPermission.MANAGE_RULES)
@require_http_methods(["GET", "POST"])
def change(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Change the rules of a lot."""
    lot = get_object_or_404(_lots(site), pk=pk)
    return run_dialog(
        request,
        Dialog(title=_("Rules of %(lot)s") % {"lot": lot.name}, button=gettext_lazy("Save")),
        RulesForm(request.POST if request.method == "POST" else None, lot),
        lambda data: set_rules(lot, request.user, **data),
        gettext_lazy("Saved."),
        events=["list-changed"],
    )


def _lots(site: Site) -> Any:
    return Lot.objects.in_use().filter(site=site).select_related("site").order_by("code")


def _shown(lot: Lot) -> list[tuple[str, str]]:
    """Return the rules as labels and texts."""
    return [(_label(name), _text(lot, name, value)) for name, value in rule_values(lot).items()]


def _changes(lot: Lot) -> list[Change]:
    """Return the latest changes, newest first."""
    entries = audit.history(lot.site, ("lot", lot.pk)).filter(action="set lot rules")
    return [Change(each, _texts(lot, each)) for each in entries.order_by("-at", "-pk")[:_HISTORY]]


def _texts(lot: Lot, entry: AuditEntry) -> list[str]:
    return [
        _("%(rule)s: %(before)s → %(after)s")
        % {
            "rule": _label(name),
            "before": _text(lot, name, before),
            "after": _text(lot, name, after),
        }
        for name, (before, after) in entry.detail.items()
        if name in rule_names()
    ]


def _label(name: str) -> str:
    model: type[Model] = Lot if name == "hold_watched" else LotRules
    field: Any = model._meta.get_field(name)
    return str(capfirst(field.verbose_name))


def _text(lot: Lot, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "lost_entry_charge":
        return Money(value, lot.site.currency).written()
    return str(value)
