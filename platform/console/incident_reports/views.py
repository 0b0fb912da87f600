"""Reports of incidents that a person has seen."""

from django.utils.translation import gettext_lazy as _

from console.report_form import ReportForm, report_of
from core.models import Site
from incidents.permissions import IncidentPermission
from incidents.services.reporting import report_incident
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest


@dialog_page(IncidentPermission.REPORT_INCIDENT)
def report(request: SiteRequest, site: Site) -> Change:
    """Report an incident that no device has noticed."""
    dialog = Dialog(
        title=_("Report incident"),
        lead=_("It is raised at once, with your name, and is real also during an exercise."),
        button=_("Report"),
    )
    return Change(
        dialog,
        ReportForm(site, posted(request)),
        lambda data: report_incident(site, request.user, report_of(data)),
        _("Incident reported."),
        ["live:incident"],
    )
