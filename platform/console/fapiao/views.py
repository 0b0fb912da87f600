"""Requests for a fapiao, and the dialogs that handle them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from billing import services
from billing.models import FapiaoRequest
from billing.permissions import BillingPermission
from console.fapiao.listing import REQUESTS
from console.pages import render_list
from core.models import Site
from core.money import Money
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import PlainForm, ReasonForm, posted
from ui.lists import list_page
from ui.pages import SiteRequest, Text, site_page

_CHANGED = ["list-changed"]


class NumberForm(PlainForm):
    """The number of a fapiao that was issued in the tax system."""

    number = forms.CharField(
        label=pgettext_lazy("document", "Number"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off"}),
    )


@site_page(BillingPermission.VIEW_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the requests of a site."""
    return list_page(request, REQUESTS, render_list(request, "fapiao"))


@dialog_page(BillingPermission.ISSUE_BILLS)
def issue(request: SiteRequest, site: Site, pk: int) -> Change:
    """Enter the number of the fapiao that was issued."""
    found = _request(site, pk)
    lead = _("Issue a fapiao of %(amount)s in the tax system first, then enter its number.")
    return _enter(request, found, lead % _amount(found), services.issue_fapiao)


@dialog_page(BillingPermission.ISSUE_BILLS)
def record_red(request: SiteRequest, site: Site, pk: int) -> Change:
    """Enter the number of the red-letter fapiao that reverses an issued one."""
    found = _request(site, pk)
    lead = _("The payment was refunded: reverse fapiao %(number)s in the tax system first.")
    return _enter(request, found, lead % {"number": found.number}, services.record_red_fapiao)


@dialog_page(BillingPermission.ISSUE_BILLS)
def reject(request: SiteRequest, site: Site, pk: int) -> Change:
    """Reject a request, with the reason that the payer reads."""
    found = _request(site, pk)
    return Change(
        Dialog(
            title=_("Reject the request of %(title)s") % {"title": found.title},
            lead=_("The payer reads the reason, and can request a fapiao again."),
            button=pgettext_lazy("fapiao", "Reject"),
            tone="danger-soft",
            suggestions=[_("The title and the tax number don't match"), _("Issued already")],
        ),
        ReasonForm(posted(request)),
        lambda data: services.reject_fapiao(found, request.user, data["reason"]),
        _("Saved."),
        _CHANGED,
    )


def _enter(
    request: SiteRequest, found: FapiaoRequest, lead: Text, perform: Callable[..., Any]
) -> Change:
    return Change(
        Dialog(title=_title(found), lead=lead, button=_("Save")),
        NumberForm(posted(request)),
        lambda data: perform(found, request.user, data["number"]),
        _("Saved."),
        _CHANGED,
    )


def _title(found: FapiaoRequest) -> Text:
    return _("Fapiao for %(title)s") % {"title": found.title}


def _amount(found: FapiaoRequest) -> dict[str, str]:
    return {"amount": Money(found.amount, found.currency).written()}


def _request(site: Site, pk: int) -> FapiaoRequest:
    rows = FapiaoRequest.objects.select_related("payment__site")
    return get_object_or_404(rows, payment__site=site, pk=pk)
