"""Billing runs: start one, watch its progress, check its preview, issue it, undo it."""

from collections.abc import Callable
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.fee_runs.forms import NewRunForm, PrintForm
from console.fee_runs.listing import RUNS, tone_of
from console.pages import redirect_to, render_list, render_page
from core import audit
from core.documents.batches import batch_file
from core.models import Site
from core.money import Money
from fees.assessment import Omitted
from fees.models import BillRun
from fees.permissions import FeePermission
from fees.runs import (
    discard_run,
    issue_run,
    prints_of,
    retry_run,
    start_printing,
    start_run,
    undo_run,
)
from fees.runs.previewing import changed_most, kept_bills, largest_lines, omitted_lines
from fees.selectors import bill_runs, monthly_items, without_price
from ui.dialogs import (
    Change,
    Dialog,
    confirm_form,
    dialog_page,
    preceded_by,
    run_dialog,
    show_dialog,
)
from ui.forms import ReasonForm, posted
from ui.lists import list_page
from ui.pages import SiteRequest, Text, site_page
from ui.tables import paginate

_VIEW, _CHARGE = FeePermission.VIEW_FEES, FeePermission.CHARGE_FEES
CHANGED = ["list-changed"]


@site_page(_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the billing runs of a site."""
    return list_page(request, RUNS, render_list(request, "fee_runs", "console/fee_runs/list.html"))


@site_page(_CHARGE)
@require_http_methods(["GET", "POST"])
def new(request: SiteRequest, site: Site) -> HttpResponse:
    """Start a billing run, and open its page."""
    if missing := _missing(request, site):
        return show_dialog(request, missing.dialog, missing.form)
    lead = _("The amounts are worked out first. You check them before any bill is issued.")
    return run_dialog(
        request,
        Dialog(title=_("Start a billing run"), button=_("Work out amounts"), lead=lead),
        NewRunForm(site, posted(request)),
        lambda data: start_run(site, request.user, **data),
        _("The amounts are being worked out."),
        respond=lambda run: redirect_to(request, "fee_run", site.slug, run.pk),
    )


@site_page(_VIEW)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show how far a run is, what it charges, and what it leaves out."""
    run = _run(site, pk)
    labels = dict(Omitted.choices)
    context = {
        "run": run,
        "tone": tone_of(run),
        "stopped": run.is_working and run.work is not None and run.work.is_ended,
        "omitted": [
            (code, labels.get(code, code), count)
            for code, count in run.summary.get("omitted", {}).items()
        ],
        "largest": largest_lines(run),
        "changed": changed_most(run),
        "kept": kept_bills(run),
        "prints": [(each, batch_file(each)) for each in prints_of(run)],
    }
    return render_page(request, "console/fee_runs/detail.html", context, here="fee_runs")


@site_page(_VIEW)
def left_out(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """List the units that a run does not charge, for one reason or for all."""
    run, code = _run(site, pk), request.GET.get("reason", "")
    labels = dict(Omitted.choices)
    context = {
        "run": run,
        "reason": labels.get(code, ""),
        "page": paginate(request, omitted_lines(run, code if code in labels else "")),
        "labels": labels,
    }
    return render_page(request, "console/fee_runs/left_out.html", context, here="fee_runs")


@dialog_page(_CHARGE)
def issue(request: SiteRequest, site: Site, pk: int) -> Change:
    """Issue the bills of a run after a confirmation."""
    run = _run(site, pk)
    lead = ngettext(
        "%(count)s bill of %(total)s in all is issued. A bill is never changed afterwards.",
        "%(count)s bills of %(total)s in all are issued. Bills are never changed afterwards.",
        run.bills,
    )
    facts = {"count": run.bills, "total": Money(run.total, run.currency).written()}
    return _step(
        request,
        Dialog(
            title=_("Issue the bills of %(month)s") % {"month": run.period},
            button=_("Issue bills"),
            lead=lead % facts,
        ),
        lambda: issue_run(run, request.user),
        gettext("The bills are being issued."),
    )


@dialog_page(_CHARGE)
def print_bills(request: SiteRequest, site: Site, pk: int) -> Change:
    """Start to render all bills of a run as PDFs."""
    run = _run(site, pk)
    return Change(
        Dialog(
            title=_("Print the bills of %(month)s") % {"month": run.period},
            button=_("Prepare the file"),
            lead=_("The bills are rendered in the background and packed into one file."),
        ),
        PrintForm(posted(request), initial={"language": get_language()}),
        lambda data: start_printing(run, request.user, **data),
        _("The file is being prepared."),
        CHANGED,
    )


@site_page(_CHARGE)
def printed(request: SiteRequest, site: Site, pk: int, number: int) -> HttpResponseBase:
    """Download a file of bills; each download is recorded."""
    found = next((each for each in prints_of(_run(site, pk)) if each.pk == number), None)
    path = batch_file(found) if found else None
    if path is None:
        raise Http404("no such file")
    audit.record_read(site, request.user, "download bills", ("bill_run", pk))
    response = FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
    response["Cache-Control"] = "private, no-store"
    return response


@dialog_page(_CHARGE)
def undo(request: SiteRequest, site: Site, pk: int) -> Change:
    """Undo a run by credit notes, with a reason."""
    run = _run(site, pk)
    lead = _(
        "Each bill that nothing was paid for gets a credit note. Bills with money are kept and"
        " listed. The month can be charged again afterwards."
    )
    return Change(
        Dialog(
            title=_("Undo the bills of %(month)s") % {"month": run.period},
            button=_("Undo run"),
            lead=lead,
            tone="danger-soft",
        ),
        ReasonForm(posted(request)),
        lambda data: undo_run(run, request.user, reason=data["reason"]),
        _("The bills are being credited."),
        CHANGED,
    )


@dialog_page(_CHARGE)
def discard(request: SiteRequest, site: Site, pk: int) -> Change:
    """Discard a run that was not issued."""
    run = _run(site, pk)
    return _step(
        request,
        Dialog(
            title=_("Discard the run of %(month)s") % {"month": run.period},
            button=_("Discard"),
            lead=_("Nothing was charged yet. The amounts that were worked out are deleted."),
            tone="danger-soft",
        ),
        lambda: discard_run(run, request.user),
        gettext("The run was discarded."),
    )


@dialog_page(_CHARGE)
def retry(request: SiteRequest, site: Site, pk: int) -> Change:
    """Continue a run whose background work was given up."""
    run = _run(site, pk)
    return _step(
        request,
        Dialog(
            title=_("Continue the run of %(month)s") % {"month": run.period},
            button=_("Continue"),
            lead=_("It continues where it stopped; nothing is charged twice."),
        ),
        lambda: retry_run(run, request.user),
        gettext("The run continues."),
    )


def _missing(request: SiteRequest, site: Site) -> Change | None:
    """Return the dialog that leads to the fee or the price which a first run needs."""
    items = list(monthly_items(site))
    unpriced = without_price(monthly_items(site))
    if len(unpriced) < len(items):
        return None
    if items:
        address = reverse("console:set_fee_price", args=[site.slug, items[0].pk])
        label: Text = gettext("Set the price of %(item)s") % {"item": items[0]}
        lead = _("No fee has a price yet. Set one, then start a run.")
    else:
        address, label = reverse("console:add_fee_item", args=[site.slug]), _("Add fee")
        lead = _("No fee is charged by month yet. Add a fee and set its price, then start a run.")
    may_do = FeePermission.MANAGE_FEES in request.site_permissions
    return preceded_by(_("Start a billing run"), lead, label, address if may_do else "")


def _step(request: SiteRequest, dialog: Dialog, perform: Callable[[], Any], notice: str) -> Change:
    return Change(dialog, confirm_form(request), lambda _data: perform(), notice, CHANGED)


def _run(site: Site, pk: int) -> BillRun:
    return get_object_or_404(bill_runs(site), pk=pk)
