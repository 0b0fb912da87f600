"""Changes in two steps: a form, then what it would do, which a person confirms.

The second step carries a token of what it shows. If that differs when the person confirms, because
someone else has changed something, it is shown again instead of being done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from core.errors import Rejection
from core.models import Site
from ui.dialogs import Dialog, Done, close_dialog, show_dialog
from ui.forms import PlainForm
from ui.pages import (
    SiteRequest,
    Text,
    add_notice,
    permission_flags,
    render_fragment,
    site_page,
)

_OWN = ("back", "confirm", "csrfmiddlewaretoken")


@dataclass(frozen=True)
class GuidedChange:
    """A change that is shown before it is made.

    Attributes:
        title: the change.
        button: the verb on the button that makes it.
        form: what is asked for.
        plan: what it would do, from the form's cleaned data; may raise a Rejection.
        template: renders the plan, as ``plan``; it shows no time that passes.
        perform: makes the change from the same data; may raise a Rejection.
        done: the notice after it.
        lead: what to know before.
        tone: the look of the button that makes it.
        events: triggered on the page afterwards.
        respond: renders the answer from the result of ``perform``; without it the dialog closes.
        context: for the form's layout, as ``facts``.
    """

    title: Text
    button: Text
    form: PlainForm
    plan: Callable[[dict[str, Any]], Any]
    template: str
    perform: Callable[[dict[str, Any]], Any]
    done: Done
    lead: Text = ""
    tone: str = "primary"
    events: Sequence[str] = ()
    respond: Callable[[Any], HttpResponse] | None = None
    context: dict[str, Any] = field(default_factory=dict)


def guided_page(
    permission: str,
) -> Callable[[Callable[..., GuidedChange]], Callable[..., HttpResponse]]:
    """Turn ``view(request, site, …) -> GuidedChange`` into the view of a dialog of one site."""

    def decorate(view: Callable[..., GuidedChange]) -> Callable[..., HttpResponse]:
        @site_page(permission)
        @require_http_methods(["GET", "POST"])
        @wraps(view)
        def run(request: SiteRequest, site: Site, *args: Any, **kwargs: Any) -> HttpResponse:
            return run_guided(request, view(request, site, *args, **kwargs))

        return run

    return decorate


def run_guided(request: SiteRequest, change: GuidedChange) -> HttpResponse:
    """Show the form, or what it would do; or make the change, if that is what was shown."""
    form = change.form
    if request.method != "POST" or "back" in request.POST or not form.is_valid():
        return _show_form(request, change)
    try:
        plan = _rendered(request, change)
        token = sha256(plan.encode()).hexdigest()
        if request.POST.get("confirm") != token:
            return _show_plan(request, change, plan, token)
        result = change.perform(form.cleaned_data)
    except Rejection as rejection:
        form.add_rejection(rejection)
        return _show_form(request, change)
    notice = change.done(result) if callable(change.done) else change.done
    if change.respond is not None:
        return add_notice(change.respond(result), notice, *change.events)
    return close_dialog(notice, change.events)


def _rendered(request: SiteRequest, change: GuidedChange) -> str:
    """Return what the change would do, as HTML."""
    context = {
        "site": request.site,
        "can": permission_flags(request.site_permissions),
        "plan": change.plan(change.form.cleaned_data),
    }
    return render_to_string(change.template, context, request)


def _show_form(request: SiteRequest, change: GuidedChange) -> HttpResponse:
    dialog = Dialog(change.title, _("Continue"), change.lead, context=change.context)
    return show_dialog(request, dialog, change.form)


def _show_plan(request: SiteRequest, change: GuidedChange, plan: str, token: str) -> HttpResponse:
    values = [
        (name, value) for name, given in request.POST.lists() if name not in _OWN for value in given
    ]
    context = {
        "change": change,
        "plan": plan,
        "token": token,
        "values": values,
        "has_changed": "confirm" in request.POST,
        "action": request.get_full_path(),
    }
    return render_fragment(request, "ui/guided_plan.html", context)
