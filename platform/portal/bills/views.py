"""The bills of a resident's homes, and paying them, by the rights of the household."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from billing.bill_links import token_of
from billing.documents.bills import bill_document
from billing.ledger import Party
from billing.models import Bill, Payment
from billing.outstanding import credit_balance
from billing.settings import settings_of
from portal.bill_payment import outcome_page, payment_of, payment_page
from portal.bill_view import bill_context
from portal.bills.home_bills import bills_of, stays_of_home
from portal.bills.statements import document_of_year, year_of
from portal.own_bills import bill_or_404, payable_bills, visible_bills
from portal.residents import HomeRequest, home_page, home_with, homes_with, render_home
from ui.documents import document_response

_SHOWN = 36


@require_GET
@home_page
def bills(request: HomeRequest) -> HttpResponse:
    """List what is to be paid, and what was paid, in the homes whose bills the resident may see."""
    homes = [(home, *bills_of(home.unit)) for home in homes_with(request, "may_see_bills")]
    context = {
        "homes": homes,
        "bills": visible_bills(request)[:_SHOWN],
        "payable": payable_bills(request),
        "credit": credit_balance(request.site, _payer(request)),
        "pays_next_bill": settings_of(request.site).applies_credit,
    }
    return render_home(request, "portal/bills/bills.html", context, here="bills")


@require_GET
@home_page
def bill(request: HomeRequest, pk: int) -> HttpResponse:
    """Show a bill with each line in words, what is due, and its payments."""
    found = bill_or_404(request, pk)
    context = bill_context(found) | {"token": token_of(found)}
    if any(each.pk == found.pk for each in payable_bills(request)):
        context["pay_url"] = _pay_url(request, [found])
    return render_home(request, "portal/bills/bill.html", context, here="bills")


@require_GET
@home_page
def pdf(request: HomeRequest, pk: int) -> HttpResponseBase:
    """Download the bill as PDF, or show that it is being rendered."""
    return document_response(request, bill_document(bill_or_404(request, pk)))


@require_GET
@home_page
def statement(request: HomeRequest) -> HttpResponse:
    """Show what the resident was charged and paid in a year, and what is owed."""
    context = {"shown": year_of(request)}
    return render_home(request, "portal/bills/statement.html", context, here="bills")


@require_GET
@home_page
def statement_pdf(request: HomeRequest) -> HttpResponseBase:
    """Download the statement of a year as PDF."""
    return document_response(request, document_of_year(request, year_of(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def pay_bills(request: HomeRequest) -> HttpResponse:
    """Show what is paid, to whom and how much; a POST leads to the provider's page."""
    chosen = _chosen(request)
    if not chosen:
        return redirect("portal:bills", binding=request.binding.pk)
    return payment_page(
        request,
        chosen,
        lambda payment: _payment_url(request, payment),
        back_url=reverse("portal:bills", args=[request.binding.pk]),
        email=request.user.email,
        payer=_payer(request),
    )


@require_GET
@home_page
def outcome(request: HomeRequest, payment: str) -> HttpResponse:
    """Show how a payment ended; while that is not known, the page asks again."""
    address = reverse("portal:bills", args=[request.binding.pk])
    shown = payment_of(visible_bills(request), payment)
    return outcome_page(
        request,
        shown,
        lambda payment: _payment_url(request, payment),
        back_url=address,
        pay_url=address,
    )


@require_GET
@home_page
def pay(request: HomeRequest, unit: int, pk: int) -> HttpResponse:
    """Redirect to the page on which a stay of a home's car is paid."""
    home = home_with(request, unit, "may_pay")
    stay = get_object_or_404(stays_of_home(home.unit), pk=pk)
    return redirect("portal:stay", public_id=stay.public_id)


def _payer(request: HomeRequest) -> Party:
    return "person", str(request.person.pk)


def _chosen(request: HomeRequest) -> list[Bill]:
    """Return the bills to pay that the address names.

    Raises:
        Http404: one of them is not the resident's to pay.
    """
    payable = {each.public_id: each for each in payable_bills(request)}
    names = list(dict.fromkeys(request.GET.getlist("bill")))
    if not set(names) <= set(payable):
        raise Http404("no such bill to pay")
    return [payable[name] for name in names]


def _pay_url(request: HomeRequest, chosen: list[Bill]) -> str:
    names = urlencode([("bill", each.public_id) for each in chosen])
    return f"{reverse('portal:pay_bills', args=[request.binding.pk])}?{names}"


def _payment_url(request: HomeRequest, payment: Payment | str) -> str:
    name = payment if isinstance(payment, str) else payment.public_id
    return reverse("portal:bills_payment", args=[request.binding.pk, name])
