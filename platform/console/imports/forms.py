"""The form that uploads a list."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.tables import DateOrder
from ui.forms import PlainForm


class UploadForm(PlainForm):
    """A list, and how it writes dates whose year stands last."""

    file = forms.FileField(
        label=_("List (CSV or XLSX)"),
        widget=forms.FileInput({"accept": ".csv,.txt,.xlsx,text/csv"}),
    )
    date_order = forms.ChoiceField(
        label=_("Dates such as 03/04/2026"),
        required=False,
        choices=[
            (DateOrder.UNKNOWN, _("do not occur, or are reported")),
            (DateOrder.DAY_FIRST, _("day first: 3 April")),
            (DateOrder.MONTH_FIRST, _("month first: March 4")),
        ],
    )
