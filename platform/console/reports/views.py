"""The reports of the ledger."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from billing import reports
from billing.permissions import BillingPermission
from billing.reports import Statement, Table
from console.reports.forms import (
    CashBookForm,
    DayForm,
    PeriodForm,
    ReportForm,
    StatementForm,
    YearForm,
)
from console.reports.pages import report_page
from console.reports.payers import find_payers, payer_or_404, statements_of
from core import audit
from core.models import Site
from ui.pages import SiteRequest, site_page

_STATEMENT = (
    reports.Column(_("Date"), "date"),
    reports.Column(_("What happened")),
    reports.Column(_("Closed month")),
    reports.Column(_("Reference")),
    reports.Column(_("Amount"), "money"),
    reports.Column(_("Balance"), "money"),
)


def _view(
    name: str, form_class: type[ReportForm], build: Callable[..., Table]
) -> Callable[..., HttpResponseBase]:
    """Return the view of a report that is built from its form's values."""

    @site_page(BillingPermission.VIEW_MONEY)
    @require_safe
    def view(request: SiteRequest, site: Site) -> HttpResponseBase:
        form = form_class(site, request.GET)
        return report_page(request, site, name, form, build(site, **form.values()))

    return view


trial_balance = _view("reports", DayForm, reports.trial_balance)
income = _view("report_income", YearForm, reports.income)
collected = _view("report_collected", YearForm, reports.collected)
vat = _view("report_vat", PeriodForm, reports.vat)


@site_page(BillingPermission.VIEW_MONEY)
@require_safe
def ageing(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Show what each payer owes by age; it names people, so that each view is recorded."""
    form = DayForm(site, request.GET)
    audit.record_read(site, request.user, "read arrears", ("site", site.pk))
    return report_page(request, site, "report_ageing", form, reports.ageing(site, **form.values()))


@site_page(BillingPermission.VIEW_MONEY)
@require_safe
def cash_book(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Show what was received and paid out on an account that holds money."""
    form = CashBookForm(site, request.GET)
    account, values = form.chosen(), form.values()
    table = reports.cash_book(account, values["since"], values["until"]) if account else None
    return report_page(request, site, "report_cash_book", form, table)


@site_page(BillingPermission.VIEW_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Show the statement of a payer or a household, or who matches the text searched for.

    The search is posted, so that no name is in an address.
    """
    form = StatementForm(site, request.GET)
    if "payer" in request.GET:
        return _statement(request, site, form)
    text = request.POST.get("q", "")
    search = {"searches": True, "text": text, "found": find_payers(site, text)}
    return report_page(request, site, "report_statement", form, None, **search)


def _statement(request: SiteRequest, site: Site, form: StatementForm) -> HttpResponseBase:
    """Show the statement of the payer in the address; each view is recorded."""
    values = form.values()
    since, until = values["since"], values["until"]
    kind, payer = payer_or_404(site, values["payer"])
    audit.record_read(site, request.user, "read statement", (kind, payer.pk))
    found = statements_of(site, payer, since, until)
    table = Table(_STATEMENT, [row for each in found for row in _rows(each, since)])
    return report_page(
        request, site, "report_statement", form, table, payer=payer, kind=kind, statements=found
    )


def _rows(found: Statement, since: Any) -> list[Any]:
    movements = [
        (
            each.day,
            each.title,
            f"{each.concerns_month:%Y-%m}" if each.concerns_month else "",
            each.reference,
            each.money,
            each.balance,
        )
        for each in found.movements
    ]
    opening = (since, _("Opening balance"), "", "", None, found.opening)
    closing = (None, _("Closing balance"), "", "", None, found.closing)
    return [opening, *movements, closing]
