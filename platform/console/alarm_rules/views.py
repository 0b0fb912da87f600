"""Alarm rules: the list, one rule with its trial, the editor, enabling and disabling."""

from collections.abc import Callable
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.alarm_rules.editor import (
    Editor,
    changed_editor,
    editor_of,
    open_editor,
    posted_editor,
)
from console.alarm_rules.forms import DAYS
from console.alarm_rules.starting_points import TEMPLATES
from console.alarm_rules.trial_results import shown_trial
from console.pages import redirect_to, render_page
from core.errors import Rejection
from core.models import Site
from core.text_lists import joined
from incidents import kinds
from incidents.alarms.editing import Values, add_rule, change_rule, disable_rule, enable_rule
from incidents.alarms.labels import describe
from incidents.alarms.trials import latest_trial, start_trial
from incidents.models import AlarmRule, Incident
from incidents.permissions import IncidentPermission
from incidents.rules.parsing import parse
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.pages import SiteRequest, Text, site_page
from ui.tables import paginate

_MANAGE = IncidentPermission.MANAGE_ALARM_RULES
CHANGED = ["list-changed"]


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the rules of a site with their active incidents."""
    is_active = ~Q(incidents__state__in=Incident.ENDED)
    rows = _rules(site).annotate(active=Count("incidents", filter=is_active, distinct=True))
    found = paginate(request, rows.order_by("name", "pk"))
    context = {"page": found, "rules": [(rule, _condition(rule)) for rule in found]}
    return render_page(request, "console/alarm_rules/list.html", context, "alarm_rules")


@site_page(_MANAGE)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a rule, what it would have raised, and what it has raised."""
    rule = _rule(site, pk)
    profile = parse(rule.definition, site.timezone).profile
    context = {
        "rule": rule,
        "condition": _condition(rule),
        "kind": kinds.get(rule.kind),
        "profile": profile,
        "days": joined(str(DAYS[day]) for day in sorted(profile.days)) if profile else "",
        "devices": list(rule.devices.order_by("code")),
        "trial": shown_trial(latest_trial(rule), site),
        "incidents": rule.incidents.order_by("-last_at")[:10],
    }
    return render_page(request, "console/alarm_rules/detail.html", context, "alarm_rules")


@site_page(_MANAGE)
@require_http_methods(["GET", "POST"])
def add(request: SiteRequest, site: Site) -> HttpResponse:
    """Choose a rule to start from, then add it."""
    if request.method == "POST":
        return _post(request, site, None, lambda values: add_rule(site, request.user, values))
    name = request.GET.get("template", "")
    if name not in TEMPLATES:
        context = {"templates": TEMPLATES.items()}
        return render_page(request, "console/alarm_rules/choose.html", context, "alarm_rules")
    template = TEMPLATES[name]
    editor = open_editor(site, template.fields(), {"condition": dict(template.condition)})
    return _edit(request, editor)


@site_page(_MANAGE)
@require_http_methods(["GET", "POST"])
def change(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Change a rule."""
    rule = _rule(site, pk)
    if request.method == "GET":
        return _edit(request, editor_of(rule), rule)
    revision = request.POST.get("revision", "")
    return _post(
        request, site, rule, lambda values: change_rule(rule, request.user, values, revision)
    )


@dialog_page(_MANAGE, methods=("POST",))
def try_past(request: SiteRequest, site: Site, pk: int) -> Change:
    """Try a rule on the past 30 days, in the background."""
    rule = _rule(site, pk)
    return Change(
        Dialog(title=_("Try on the past 30 days"), button=_("Try")),
        confirm_form(request),
        lambda _data: start_trial(rule, request.user),
        _("The past 30 days are being evaluated."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def enable(request: SiteRequest, site: Site, pk: int) -> Change:
    """Enable a rule, knowing what it would have raised."""
    rule = _rule(site, pk)
    return Change(
        Dialog(
            title=_("Enable “%(rule)s”") % {"rule": rule.name},
            button=_("Enable"),
            lead=_consequence(rule),
        ),
        confirm_form(request),
        lambda _data: enable_rule(rule, request.user),
        _("The rule is enabled."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def disable(request: SiteRequest, site: Site, pk: int) -> Change:
    """Disable a rule."""
    rule = _rule(site, pk)
    return Change(
        Dialog(
            title=_("Disable “%(rule)s”") % {"rule": rule.name},
            button=_("Disable"),
            lead=_("It raises no more incidents. The cause of its active incidents is cleared."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda _data: disable_rule(rule, request.user),
        _("The rule is disabled."),
        CHANGED,
    )


def _post(
    request: SiteRequest,
    site: Site,
    rule: AlarmRule | None,
    save: Callable[[Values], AlarmRule],
) -> HttpResponse:
    """Change the rows of the form, or validate and save it."""
    act = request.POST.get("do", "save")
    if act != "save":
        return _edit(request, changed_editor(site, request.POST, act), rule)
    editor = posted_editor(site, request.POST)
    if not editor.is_valid():
        return _edit(request, editor, rule, status=422)
    try:
        saved = save(editor.values())
    except Rejection as rejection:
        editor.add_rejection(rejection)
        return _edit(request, editor, rule, status=422)
    return redirect_to(request, "alarm_rule", site.slug, saved.pk)


def _edit(
    request: SiteRequest, editor: Editor, rule: AlarmRule | None = None, status: int = 200
) -> HttpResponse:
    context = {"editor": editor, "rule": rule, "address": request.path}
    return render_page(request, "console/alarm_rules/edit.html", context, "alarm_rules", status)


def _consequence(rule: AlarmRule) -> Text:
    """Say what the trial of the rule has found."""
    run = latest_trial(rule)
    if run is None or not run.is_ended or "raised" not in run.result:
        return gettext("It was not tried on the past 30 days yet. It watches from now on.")
    raised = run.result["raised"]
    text = ngettext(
        "In the 30 days before %(day)s it would have raised %(count)s alarm."
        " It watches from now on.",
        "In the 30 days before %(day)s it would have raised %(count)s alarms."
        " It watches from now on.",
        raised,
    )
    return text % {"count": raised, "day": run.parameters["until"][:10]}


def _condition(rule: AlarmRule) -> str:
    return describe(parse(rule.definition, rule.site.timezone).condition)


def _rules(site: Site) -> Any:
    return AlarmRule.objects.filter(site=site).select_related(
        "site", "lot", "building", "unit__building"
    )


def _rule(site: Site, pk: int) -> AlarmRule:
    found: AlarmRule = get_object_or_404(_rules(site), pk=pk)
    return found
