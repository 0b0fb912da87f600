"""How incidents are handled at a site: times, procedures, and which incidents hide which."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from console.handling.forms import InhibitionForm, ProcedureForm, TimesForm
from console.pages import render_page
from core.models import Site
from core.text_lists import joined
from devices.models import Device
from incidents import inhibition, kinds, muting, services
from incidents.inhibition import Inhibition, Relation
from incidents.models import ProcedureStep
from incidents.permissions import IncidentPermission
from incidents.procedures import procedure as current_steps
from incidents.suggested_steps import suggested
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest, site_page

_MANAGE = IncidentPermission.MANAGE_HANDLING
CHANGED = ["list-changed"]


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show how the site handles incidents."""
    settings = muting.settings_of(site.pk)
    context = {
        "settings": settings,
        "procedures": _procedures(site),
        "rules": [_shown(site, rule) for rule in inhibition.rules_of(settings)],
    }
    return render_page(request, "console/handling/page.html", context, "incident_handling")


@dialog_page(_MANAGE)
def times(request: SiteRequest, site: Site) -> Change:
    """Set how long incidents are grouped, and may come again unnoticed."""
    settings = muting.settings_of(site.pk)
    names = ("group_minutes", "cool_down_minutes")
    form = TimesForm(posted(request), initial={name: getattr(settings, name) for name in names})
    return Change(
        Dialog(title=_("Groups and cool-down"), button=_("Save")),
        form,
        lambda data: services.change_settings(site, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def procedure(request: SiteRequest, site: Site, kind: str) -> Change:
    """Change the steps for incidents of a kind; at first, suggested ones are filled in."""
    if not kinds.is_registered(kind):
        raise Http404
    steps = [each.text for each in current_steps(site.pk, kind)]
    initial = {"steps": "\n".join(steps or suggested(kind))}
    label = capfirst(str(kinds.get(kind).label))
    dialog = Dialog(
        title=_("Procedure for “%(kind)s”") % {"kind": label},
        lead=_("It is shown on each incident of this kind, and its steps are ticked there."),
        button=_("Save"),
    )
    return Change(
        dialog,
        ProcedureForm(posted(request), initial=initial),
        lambda data: services.change_procedure(
            site, request.user, kind, data["steps"].splitlines()
        ),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def add_inhibition(request: SiteRequest, site: Site) -> Change:
    """Let incidents hide others that they explain."""
    form = InhibitionForm(site, posted(request))
    dialog = Dialog(
        title=_("Hide incidents that another explains"),
        lead=_("Hidden incidents are recorded; they leave lists, and nobody is notified."),
        button=_("Add"),
    )
    return Change(
        dialog,
        form,
        lambda _data: services.add_inhibition(site, request.user, form.rule()),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def remove_inhibition(request: SiteRequest, site: Site, code: str) -> Change:
    """Let incidents no longer hide others."""
    rules = inhibition.rules_of(muting.settings_of(site.pk))
    rule = next((each for each in rules if each.code == code), None)
    if rule is None:
        raise Http404
    dialog = Dialog(
        title=_("Remove this rule"),
        lead=_shown(site, rule)["text"],
        button=_("Remove"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda _data: services.remove_inhibition(site, request.user, rule),
        _("Removed."),
        CHANGED,
    )


def _procedures(site: Site) -> list[dict[str, Any]]:
    rows = ProcedureStep.objects.filter(site=site, ended_at=None).values_list("kind", "text")
    steps: dict[str, list[str]] = {}
    for kind, text in rows.order_by("kind", "position", "pk"):
        steps.setdefault(kind, []).append(text)
    return [{"kind": kind, "steps": steps.get(kind.code, [])} for kind in kinds.all()]


def _shown(site: Site, rule: Inhibition) -> dict[str, Any]:
    hides = joined(capfirst(str(kinds.get(code).label)) for code in rule.hides)
    by = capfirst(str(kinds.get(rule.by).label))
    if rule.device is not None:
        device = Device.objects.filter(site=site, pk=rule.device).first()
        by = f"{by} ({device.code})" if device else by
    relation = Relation(rule.relation).label
    text = _("%(by)s hides %(hides)s %(relation)s")
    values = {"by": by, "hides": hides, "relation": relation, "code": rule.code}
    return {**values, "text": text % values}
