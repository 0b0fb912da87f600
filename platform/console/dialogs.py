"""A question in a dialog: a form shown over the page, its service called, its rejection shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise

from console.forms.base import PlainForm
from console.pages import SiteRequest, notice, show
from core.errors import Rejection

Text = str | Promise


@dataclass(frozen=True)
class Dialog:
    """What a dialog says.

    Attributes:
        title: what is about to be done.
        button: the verb that does it.
        lead: what the person should know first.
        tone: ``primary`` or ``danger-soft``.
        fills: the name of the field that the common answers fill.
        answers: texts a person may take instead of typing.
        template: what is drawn between the lead and the fields.
        context: for that template.
    """

    title: Text
    button: Text
    lead: Text = ""
    tone: str = "primary"
    fills: str = "reason"
    answers: Sequence[Text] = ()
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)


def ask(
    request: SiteRequest,
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
    done: Text,
    answer: Callable[[Any], HttpResponse] | None = None,
    tells: Sequence[str] = (),
) -> HttpResponse:
    """Show the dialog, or take its answer and perform it.

    Args:
        perform: gets the form's cleaned data; a Rejection it raises is shown at its field.
        done: what the page says when it worked.
        answer: makes the dialog's next content of what ``perform`` returned; without it the
            dialog closes.
        tells: the events that the page hears besides, such as ``live:lane``.
    """
    if request.method == "POST" and form.is_valid():
        try:
            result = perform(form.cleaned_data)
        except Rejection as rejection:
            form.refuse(rejection)
        else:
            if answer is not None:
                return notice(answer(result), str(done), *tells)
            # 204: nothing is swapped, the page only hears what happened.
            return notice(HttpResponse(status=204), str(done), "closedialogs", *tells)
    context = {"dialog": dialog, "form": form, "action": request.get_full_path()}
    return show(request, "console/dialog.html", context, status=422 if form.errors else 200)
