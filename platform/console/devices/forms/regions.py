"""The form of the region of a camera's picture, in percent as the page shows it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from access.reading_regions import revision_of
from devices.vision.region import MOST_LEAST_HEIGHT, Region
from ui.forms import RevisedForm

_PERCENT = 100
_DIGITS = 1


class CornersWidget(forms.Widget):
    """The fields of the corners: as many of the names ``x`` and ``y`` as there are corners."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        """Return the entered pairs; a missing half is empty."""
        x, y = (data.getlist(axis) if isinstance(data, QueryDict) else [] for axis in "xy")
        longest = max(len(x), len(y))
        halves = ([*each, *[""] * (longest - len(each))] for each in (x, y))
        return list(zip(*halves, strict=True))


class CornersField(forms.Field):
    """The corners as shares of the picture; those of which both fields are empty are left out."""

    widget = CornersWidget

    def clean(self, value: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
        """Return the corners.

        Raises:
            ValidationError: a field is no number.
        """
        entered = [pair for pair in value if any(half.strip() for half in pair)]
        try:
            return [(float(x) / _PERCENT, float(y) / _PERCENT) for x, y in entered]
        except ValueError as error:
            text = _("Enter how far each corner is from the left and from the top, in percent.")
            raise forms.ValidationError(text) from error


class RegionForm(RevisedForm):
    """Where plates are read, and from which height on."""

    corners = CornersField(label=_("Corners"), required=False)
    least_height = forms.FloatField(
        label=_("Least height of a plate (%)"),
        min_value=0,
        max_value=MOST_LEAST_HEIGHT * _PERCENT,
        widget=forms.NumberInput({"step": "0.5"}),
        help_text=_("Of its letters, in percent of the picture's height; 0 reads all plates."),
    )

    def __init__(self, data: QueryDict | None, region: Region) -> None:
        shown = {
            "corners": [tuple(_in_percent(share) for share in each) for each in region.corners],
            "least_height": _in_percent(region.least_height),
            "revision": revision_of(region),
        }
        super().__init__(data, initial=shown)

    def rows(self) -> Sequence[tuple[Any, Any]]:
        """Return the corners to show: as entered, or in percent as stored."""
        return self["corners"].value() or []

    def clean_least_height(self) -> float:
        """Return the height as a share."""
        return float(self.cleaned_data["least_height"] / _PERCENT)


def _in_percent(share: float) -> str:
    return f"{share * _PERCENT:.{_DIGITS}f}".removesuffix(".0")
