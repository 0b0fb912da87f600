"""The list of requests for a fapiao: columns, filters and what an export holds."""

from typing import Any

from django.db.models import Q
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import FapiaoRequest
from billing.permissions import BillingPermission
from billing.topics import FAPIAO
from core.money import Money
from core.text_lists import joined
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter, conditions, search_filter
from ui.lists.cells import (
    RowPage,
    dialog_button,
    in_two_lines,
    link,
    shows,
    shows_moment,
    state,
    unbroken,
)
from ui.lists.lookups import containing
from ui.templatetags.gatehouse import money

State = FapiaoRequest.State
_WAITING = "waiting"
_TONES: dict[str, str] = {
    State.REQUESTED: "wait",
    State.RED_REQUESTED: "stop",
    State.ISSUED: "go",
}
_ACTS: dict[str, tuple[tuple[str, Any], ...]] = {
    State.REQUESTED: (
        ("issue_fapiao", _("Enter number")),
        ("reject_fapiao", pgettext_lazy("fapiao", "Reject")),
    ),
    State.RED_REQUESTED: (("record_red_fapiao", _("Enter red-letter number")),),
}


class FapiaoFilter(ListFilter):
    """Filters of requests."""

    private = frozenset({"q"})

    q = search_filter(_("Title, tax number or fapiao number"))
    state = choice_filter(_("State"), [(_WAITING, _("to be handled")), *State.choices])


def _acts(row: FapiaoRequest, page: RowPage) -> SafeString:
    may_handle = BillingPermission.ISSUE_BILLS in page.permissions
    buttons = (
        (dialog_button(page.address(f"console:{name}", row.pk), label),)
        for name, label in (_ACTS.get(row.state, ()) if may_handle else ())
    )
    return format_html_join("", "{}", buttons)


def _state(row: FapiaoRequest, _page: RowPage) -> SafeString:
    """Return the state, with who decided it and why."""
    decided = joined(filter(None, (str(row.handled_by or ""), row.reason)))
    return in_two_lines(state(row.get_state_display(), _TONES.get(row.state, "")), decided)


def _payment(row: FapiaoRequest, page: RowPage) -> SafeString:
    text = row.payment.receipt_no or row.payment.public_id
    return link(page.address("console:finance_payment", row.payment_id), text)


REQUESTS = Listing(
    name="fapiao",
    title=_("Fapiao"),
    rows=lambda site: FapiaoRequest.objects.filter(payment__site=site).select_related(
        "payment", "handled_by"
    ),
    columns=(
        Column("title", pgettext_lazy("fapiao", "Title"), lambda row: row.title, fixed=True),
        Column("tax", _("Tax number"), lambda row: row.tax_number, exported=True),
        Column("when", _("Requested"), lambda row: row.requested_at, sort="requested_at"),
        Column(
            "payment",
            _("Payment"),
            lambda row: row.payment.receipt_no or row.payment.public_id,
        ),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("number", _("Fapiao number"), lambda row: row.number),
        Column("red", _("Red-letter number"), lambda row: row.red_number, exported=True),
        Column("email", _("E-mail"), lambda row: row.email),
        Column("by", _("Handled by"), lambda row: str(row.handled_by or ""), exported=True),
        Column("reason", _("Reason"), lambda row: row.reason, exported=True),
        Column("currency", _("Currency"), lambda row: row.currency, exported=True),
        Column(
            "amount", _("Amount"), lambda row: Money(row.amount, row.currency).major(), numeric=True
        ),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "title": lambda row, _page: in_two_lines(row.title, row.tax_number),
        "when": shows_moment(lambda row: row.requested_at),
        "payment": _payment,
        "state": _state,
        "number": lambda row, _page: in_two_lines(unbroken(row.number), row.red_number),
        "amount": shows(lambda row: money(row.amount, row.currency)),
        "acts": _acts,
    },
    sort="-when",
    filters=FapiaoFilter,
    lookups={
        "q": containing("title", "tax_number", "number", "red_number"),
        "state": conditions(
            {_WAITING: Q(state__in=(State.REQUESTED, State.RED_REQUESTED))}, "state"
        ),
    },
    first_query={"state": _WAITING},
    presets=(
        Preset(_("To be handled"), {"state": _WAITING}),
        Preset(pgettext_lazy("fapiao", "Issued"), {"state": State.ISSUED}),
        Preset(_("All"), {}),
    ),
    topics=(FAPIAO.name,),
    empty=_("No requests. Payers request a fapiao on the page of their receipt."),
)
