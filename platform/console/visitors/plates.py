"""The plate of a visitor: one who is expected by name, or who comes in another car."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from access.models import VisitorPass
from access.permissions import AccessPermission
from core.models import Site
from doors.visits import services
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import PlateForm, plate_field
from ui.pages import SiteRequest

PERMISSION = AccessPermission.ISSUE_PASSES


class VisitPlateForm(PlateForm):
    """The plate of a visitor who stands at the gate."""

    plate = plate_field()


def takes_plate(visit: VisitorPass) -> bool:
    """Whether a visit's plate may be entered or corrected: nobody has come in with it."""
    return (visit.is_open or visit.is_waiting) and not visit.entries_used


@dialog_page(PERMISSION)
def set_plate(request: SiteRequest, site: Site, pk: int) -> Change:
    """Enter the plate of a visitor; if their car waits at a lane, it is decided about again."""
    visit = get_object_or_404(VisitorPass, site=site, pk=pk)
    return Change(
        Dialog(
            title=_("Plate of %(visitor)s") % {"visitor": visit.visitor_name or visit.plate},
            button=_("Save"),
            lead=_("A car with this plate that waits at an entry is decided about again."),
        ),
        VisitPlateForm(request.POST or None, initial={"plate": visit.plate}),
        lambda data: services.set_plate(visit, request.user, **data),
        _("Saved."),
        ["list-changed"],
    )
