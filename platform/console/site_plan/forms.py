"""Forms of the plan: a file to import, and the draft to publish."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Rejection
from estate.plans.features import LARGEST_BYTES, RejectedPlan
from ui.forms import PlainForm
from ui.rejections import sentences

_SHOWN = 20


def problems_of(rejection: Rejection) -> list[str]:
    """Return what is wrong with a plan as sentences, the first of many."""
    rejections = rejection.rejections if isinstance(rejection, RejectedPlan) else (rejection,)
    texts = [sentences(each) for each in rejections[:_SHOWN]]
    if len(rejections) > _SHOWN:
        texts.append(_("And %(count)s more.") % {"count": len(rejections) - _SHOWN})
    return texts


class PlanForm(PlainForm):
    """A form that shows each problem of a plan."""

    def add_rejection(self, rejection: Rejection) -> None:
        """Show the problems above the form, or at its first visible field."""
        visible = [field.name for field in self.visible_fields()]
        self.add_error(visible[0] if visible else None, problems_of(rejection))


class ImportForm(PlanForm):
    """A GeoJSON file to import."""

    file = forms.FileField(
        label=gettext_lazy("Plan (GeoJSON)"),
        widget=forms.FileInput({"accept": ".geojson,.json,application/geo+json"}),
        help_text=gettext_lazy(
            "A FeatureCollection in WGS-84, up to 5 MB. Each feature has the properties"
            " kind (building, lot, bay, road, area or gate) and code; a bay also lot, the code of"
            " its car park."
        ),
    )

    def content(self) -> bytes:
        """Return the file, and one byte more than allowed of one that is too large."""
        content: bytes = self.cleaned_data["file"].read(LARGEST_BYTES + 1)
        return content


class PublishForm(PlanForm):
    """The version of the draft whose changes were shown."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
