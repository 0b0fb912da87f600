"""Forms of liaisons, and of the staff who answer them."""

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainForm
from ui.pages import Text


def _text(label: Text, *, required: bool = True, most: int = 800) -> forms.CharField:
    widget = forms.Textarea({"rows": 3})
    return forms.CharField(
        label=cast("str", label), required=required, max_length=most, widget=widget
    )


class NoteForm(PlainForm):
    """A note, if there is one."""

    note = _text(_("Note"), required=False, most=400)


class QuestionForm(PlainForm):
    """A question about an incident."""

    text = _text(_("Question"))


class AnswerForm(PlainForm):
    """The answer to a liaison's question."""

    answer = _text(_("Answer"))
