"""The closed months of the ledger, and the dialogs that close and reopen one."""

from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from billing import services
from billing.models import ClosedMonth
from billing.permissions import BillingPermission
from billing.services.periods import closable_month, closed_until
from console.pages import render_page
from console.reports.pages import TABS
from core.models import Site
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ReasonForm, posted
from ui.pages import SiteRequest, site_page

_CHANGED = ["list-changed"]


@site_page(BillingPermission.VIEW_MONEY)
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the closed months, the latest first."""
    rows = ClosedMonth.objects.filter(site=site).select_related("closed_by").order_by("-month")
    context = {
        "months": rows,
        "closable": closable_month(site),
        "tabs": TABS,
        "tab": "console:closed_months",
    }
    return render_page(request, "console/reports/months.html", context, "reports")


@dialog_page(BillingPermission.CLOSE_MONTHS)
def close(request: SiteRequest, site: Site) -> Change:
    """Close the earliest month that is over."""
    month = closable_month(site)
    if month is None:
        return _nothing(request, _("Close a month"), _("No month is over that is not closed yet."))
    return Change(
        Dialog(
            title=_("Close %(month)s") % {"month": f"{month:%Y-%m}"},
            lead=_(
                "Nothing is posted into this month or an earlier one any more. What comes late is"
                " posted today and names the month."
            ),
            button=_("Close the month"),
        ),
        confirm_form(request),
        lambda data: services.close_month(site, request.user, month),
        _("Month closed."),
        _CHANGED,
    )


@dialog_page(BillingPermission.CLOSE_MONTHS)
def reopen(request: SiteRequest, site: Site) -> Change:
    """Reopen the latest closed month."""
    month = closed_until(site)
    if month is None:
        return _nothing(request, _("Reopen a month"), _("No month is closed."))
    return Change(
        Dialog(
            title=_("Reopen %(month)s") % {"month": f"{month:%Y-%m}"},
            lead=_("Entries can be posted into this month again. Reports of it may change."),
            button=_("Reopen the month"),
            tone="danger-soft",
        ),
        ReasonForm(posted(request)),
        lambda data: services.reopen_month(site, request.user, month, data["reason"]),
        _("Month reopened."),
        _CHANGED,
    )


def _nothing(request: SiteRequest, title: object, lead: object) -> Change:
    """Return a dialog that only informs."""
    return Change(
        Dialog(title=str(title), lead=str(lead), button=""),
        confirm_form(request),
        lambda data: None,
        "",
    )
