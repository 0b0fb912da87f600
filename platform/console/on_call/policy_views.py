"""Escalation policies: the list in the order in which they apply, and the editor."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.on_call.policy_form import (
    Editor,
    changed_editor,
    editor_of,
    new_editor,
    posted_editor,
)
from console.on_call.step_texts import described, steps_of
from console.pages import redirect_to, render_page
from core.errors import Rejection
from core.models import Site
from core.text_lists import joined
from incidents import kinds
from incidents.escalation import policies
from incidents.escalation.labels import standard_label
from incidents.escalation.policy_editing import (
    PolicyValues,
    add_policy,
    change_policy,
    move_policy_up,
    remove_policy,
)
from incidents.models import EscalationPolicy
from incidents.permissions import IncidentPermission
from incidents.severities import Severity
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.pages import SiteRequest, site_page

_MANAGE = IncidentPermission.MANAGE_ON_CALL
_CHANGED = ["live:rota"]


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the policies, and what applies where none of them fits."""
    rows = EscalationPolicy.objects.filter(site=site).prefetch_related("steps__users")
    context = {
        "policies": [(each, _incidents(each), steps_of(site, each)) for each in rows],
        "standards": [
            (standard_label(each.code), described(site, each.plan.steps), each.plan)
            for each in policies.STANDARDS
        ],
    }
    return render_page(request, "console/on_call/escalation.html", context, "escalation")


@site_page(_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the form of a new policy, or add it."""
    if request.method == "POST":
        return _post(request, site, None, lambda values, _: add_policy(site, request.user, values))
    return _edit(request, new_editor(site))


@site_page(_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the form of a policy, or change it."""
    policy = _policy(site, pk)
    if request.method == "POST":
        return _post(
            request,
            site,
            policy,
            lambda values, revision: change_policy(policy, request.user, values, revision),
        )
    return _edit(request, editor_of(policy), policy)


@dialog_page(_MANAGE, methods=("POST",))
def move_up(request: SiteRequest, site: Site, pk: int) -> Change:
    """Have a policy apply before the one above it."""
    policy = _policy(site, pk)
    return Change(
        Dialog(title=_("Move up"), button=_("Move up")),
        confirm_form(request),
        lambda _data: move_policy_up(policy, request.user),
        _("Moved up."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def remove(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remove a policy."""
    policy = _policy(site, pk)
    return Change(
        Dialog(
            title=_("Remove “%(policy)s”") % {"policy": policy.name},
            button=_("Delete"),
            lead=_("Its incidents follow the next policy that fits. This can't be undone."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda _data: remove_policy(policy, request.user),
        _("The policy was removed."),
        _CHANGED,
    )


def _post(
    request: SiteRequest,
    site: Site,
    policy: EscalationPolicy | None,
    save: Callable[[PolicyValues, str], EscalationPolicy],
) -> HttpResponse:
    """Change the rows of the form, or validate and save it."""
    act = request.POST.get("do", "save")
    if act != "save":
        return _edit(request, changed_editor(site, request.POST, act), policy)
    editor = posted_editor(site, request.POST)
    if not editor.is_valid():
        return _edit(request, editor, policy, status=422)
    try:
        save(editor.values(), editor.revision)
    except Rejection as rejection:
        editor.add_rejection(rejection)
        return _edit(request, editor, policy, status=422)
    return redirect_to(request, "escalation", site.slug)


def _edit(
    request: SiteRequest,
    editor: Editor,
    policy: EscalationPolicy | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"editor": editor, "policy": policy, "address": request.path}
    return render_page(request, "console/on_call/edit_policy.html", context, "escalation", status)


def _policy(site: Site, pk: int) -> EscalationPolicy:
    return get_object_or_404(EscalationPolicy.objects.select_related("site"), site=site, pk=pk)


def _incidents(policy: EscalationPolicy) -> str:
    """Return which incidents a policy is for; empty for all."""
    severities = [str(Severity(each).label) for each in policy.severities]
    of_kinds = [str(kinds.get(each).label) for each in policy.kinds]
    return capfirst(joined([*of_kinds, *severities]))
