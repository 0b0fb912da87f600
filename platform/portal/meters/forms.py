"""The form by which a resident sends a reading."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.ids import public_id
from ui.forms import ConfirmableForm
from ui.photo_fields import PhotoField, register_field


class ReadingForm(ConfirmableForm):
    """The value of a register, with a photo of it."""

    register = register_field(_("What does the register show?"))
    photo = PhotoField(
        help_text=_("All digits and the number of the meter must be readable."),
        error_messages={"required": _("Take a photo of the register.")},
    )
    ticks = {"confirmed": _("The register shows exactly this")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photo"].widget.attrs["id"] = f"photo-{public_id()}"
