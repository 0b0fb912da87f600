"""Dialogs: a form shown over the page, the service it calls, and rejections at its fields."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from core.errors import Rejection
from core.models import Site
from ui.forms import ConfirmForm, PlainForm
from ui.pages import Notice, SiteRequest, Text, add_notice, render_fragment, site_page

Done = Text | Notice | Callable[[Any], Text | Notice]


@dataclass(frozen=True)
class Dialog:
    """The texts of a dialog.

    Attributes:
        title: the change that the form makes.
        button: the verb on the button that makes it; without one the dialog only informs.
        lead: what to know before.
        tone: the button's look, ``primary`` or ``danger-soft``.
        suggestions: common answers, each a button that fills a field.
        suggestion_field: the name of that field.
        template: rendered between the lead and the fields.
        context: for that template, as ``facts``.
    """

    title: Text
    button: Text
    lead: Text = ""
    tone: str = "primary"
    suggestion_field: str = "reason"
    suggestions: Sequence[Text] = ()
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What a dialog shows and does; the arguments of `run_dialog`."""

    dialog: Dialog
    form: PlainForm
    perform: Callable[[dict[str, Any]], Any]
    done: Done
    events: Sequence[str] = ()


def dialog_page(
    permission: str, methods: Sequence[str] = ("GET", "POST")
) -> Callable[[Callable[..., Change]], Callable[..., HttpResponse]]:
    """Turn ``view(request, site, …) -> Change`` into the view of a dialog of one site."""

    def decorate(view: Callable[..., Change]) -> Callable[..., HttpResponse]:
        @site_page(permission)
        @require_http_methods(list(methods))
        @wraps(view)
        def run(request: SiteRequest, site: Site, *args: Any, **kwargs: Any) -> HttpResponse:
            change = view(request, site, *args, **kwargs)
            return run_dialog(
                request,
                change.dialog,
                change.form,
                change.perform,
                change.done,
                events=change.events,
            )

        return run

    return decorate


def confirm_form(request: SiteRequest) -> ConfirmForm:
    """Return a bound confirmation; it has no fields, so its POST may be empty."""
    return ConfirmForm(request.POST if request.method == "POST" else None)


def preceded_by(title: Text, lead: Text, label: Text = "", address: str = "") -> Change:
    """Return a dialog that says what has to be done first, and leads to it.

    Args:
        title: the change that can't be made yet.
        lead: what is missing.
        label: the verb on the button that opens the dialog at ``address``; without one, as for a
            person who may not do it, the dialog only informs.
    """
    step = {"label": label, "address": address}
    template = "ui/dialog_step.html" if address else ""
    dialog = Dialog(title=title, button="", lead=lead, template=template, context=step)
    return Change(dialog, ConfirmForm(None), lambda _data: None, "")


def run_dialog(
    request: SiteRequest,
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
    done: Done,
    respond: Callable[[Any], HttpResponse] | None = None,
    events: Sequence[str] = (),
) -> HttpResponse:
    """Show the dialog, or process its submitted form.

    Args:
        perform: called with the form's cleaned data; a Rejection is shown at its field.
        done: the notice after success, or what makes it from the result of ``perform``.
        respond: renders the dialog's next content from the result of ``perform``; without it the
            dialog closes.
        events: triggered on the page after success, such as ``live:lane``.
    """
    if request.method == "POST" and form.is_valid():
        try:
            result = perform(form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            notice = done(result) if callable(done) else done
            if respond is not None:
                return add_notice(respond(result), notice, *events)
            return close_dialog(notice, events)
    return show_dialog(request, dialog, form)


def show_dialog(request: SiteRequest, dialog: Dialog, form: PlainForm) -> HttpResponse:
    """Render the dialog with its form, as it is."""
    form.auto_id = "dialog_%s"  # the page behind it may have fields of the same names
    context = {"dialog": dialog, "form": form, "action": request.get_full_path()}
    return render_fragment(request, "ui/dialog.html", context, status=422 if form.errors else 200)


def close_dialog(done: Text | Notice, events: Sequence[str] = ()) -> HttpResponse:
    """Close the dialog with a notice, and trigger events on its page."""
    # htmx does not swap on 204; the events in the header still reach the page.
    return add_notice(HttpResponse(status=204), done, "closedialogs", *events)
