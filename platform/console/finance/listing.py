"""The list of payments: columns, filters and what an export holds."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django import forms
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing import selectors
from billing.ledger import Party
from billing.methods import method_title
from billing.models import Account, BillLine, Payment, PaymentItem
from billing.payers import key_of, names_of
from billing.topics import PAYMENT
from core.models import Site
from core.money import Money
from parking.charges import KIND
from parking.models import Stay
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter, search_filter
from ui.lists.cells import RowPage, link, shows, shows_moment, state, unbroken
from ui.query_params import whole_number
from ui.templatetags.gatehouse import money, plate

Row = TypeVar("Row", bound=Model)
_STATES = dict(Payment.State.choices)
_TONES: dict[str, str] = {Payment.State.PAID: "go", Payment.State.FAILED: "stop"}


class PaymentFilter(ListFilter):
    """Filters of payments."""

    private = frozenset({"taken_by"})

    q = search_filter(_("Receipt number or reference"))
    provider = choice_filter(_("Method"), Payment.Provider.choices)
    state = choice_filter(_("State"), Payment.State.choices)
    currency = choice_filter(_("Currency"))
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)
    taken_by = forms.CharField(label=_("Taken by"), required=False, max_length=160)

    def set_choices(self, site: Site) -> None:
        """Offer the currencies of the site's ledger."""
        codes = Account.objects.filter(site=site).order_by("currency").values_list("currency")
        self.offer("currency", [(code, code) for (code,) in codes.distinct()])


def with_items(site: Site, rows: QuerySet[Row], payment: str = "pk") -> QuerySet[Row]:
    """Return the rows with what the first item of their payment is: a stay, or a charge of a bill.

    They get ``stay_pk`` and ``plate``, and ``bill_pk`` and ``bill_number``.

    Args:
        site: the rows' site.
        rows: the rows.
        payment: the lookup of a row's payment.
    """
    items = PaymentItem.objects.filter(payment=OuterRef(payment)).order_by("pk")
    stays = Stay.objects.filter(site=site, public_id=OuterRef("stay_id"))
    lines = BillLine.objects.filter(charge=OuterRef("charge_pk"))
    return (
        rows.annotate(
            stay_id=_first(items.filter(charge__source_type=KIND), "charge__source_id"),
            charge_pk=_first(items, "charge"),
        )
        .annotate(stay_pk=_first(stays, "pk"), plate=_first(stays, "plate"))
        .annotate(bill_pk=_first(lines, "bill"), bill_number=_first(lines, "bill__number"))
    )


def _first(rows: QuerySet[Any], field: str) -> Subquery:
    return Subquery(rows.values(field)[:1])


def _numbered(_site: Site, rows: QuerySet[Payment], text: str) -> QuerySet[Payment]:
    named = Q(public_id=text) | Q(provider_ref=text)
    number = whole_number(text)
    return rows.filter(named if number is None else named | Q(receipt_no=number))


def _payment(payment: Payment, page: RowPage) -> SafeString:
    return link(page.address("console:finance_payment", payment.pk), payment.public_id)


def item(payment: Any, page: RowPage) -> str:
    """Return the link to the stay or the bill that `with_items` has found."""
    if payment.stay_pk:
        return link(page.address("console:stay", payment.stay_pk), plate(payment.plate))
    if payment.bill_pk:
        address = page.address("console:bill", payment.bill_pk)
        return unbroken(link(address, payment.bill_number))
    return ""


def item_title(payment: Any) -> str:
    """Return what `item` shows, as text."""
    return payment.plate or payment.bill_number or ""


def payer_of(payment: Payment) -> Party | None:
    """Return the payer of a payment; None where it is anonymous."""
    known = payment.payer_type and payment.payer_id
    return (payment.payer_type or "", payment.payer_id or "") if known else None


def _item_and_payer(payment: Any, page: RowPage) -> SafeString:
    payer, parts = payer_of(payment), [item(payment, page)]
    if payer is not None and payment.payer_name:
        address = reverse("console:payer_account", args=[page.slug, key_of(payer)])
        parts.append(link(address, payment.payer_name))
    return _stacked(parts)


def _method_and_cashier(payment: Payment, _page: RowPage) -> SafeString:
    return _stacked([method_title(payment), payment.taken_by])


def _stacked(parts: Iterable[str]) -> SafeString:
    """Return what is not empty, a line each."""
    lines = format_html_join("", '<div class="py-1">{}</div>', ((part,) for part in parts if part))
    return format_html("<div>{}</div>", lines)


def _with_payers(rows: list[Any]) -> list[Any]:
    payers = {row.pk: payer for row in rows if (payer := payer_of(row))}
    names = names_of(rows[0].site, payers.values()) if rows else {}
    for row in rows:
        row.payer_name = names.get(payers[row.pk], "") if row.pk in payers else ""
    return rows


def _state(payment: Payment, _page: RowPage) -> SafeString:
    return state(_STATES[payment.state], _TONES.get(payment.state, "wait"))


PAYMENTS = Listing(
    name="payments",
    title=_("Payments"),
    rows=lambda site: with_items(site, selectors.payments(site)),
    columns=(
        Column("payment", _("Payment"), lambda payment: payment.public_id, fixed=True),
        Column("receipt", _("Receipt"), lambda payment: payment.receipt_no),
        Column("when", _("When"), lambda payment: payment.created_at, sort="created_at"),
        Column("paid", _("Paid"), lambda payment: payment.paid_at, exported=True),
        Column("method", _("Method"), method_title),
        Column("by", _("Taken by"), lambda payment: payment.taken_by, exported=True),
        Column("plate", _("Item and payer"), item_title),
        Column("state", _("State"), lambda payment: payment.get_state_display()),
        Column("currency", _("Currency"), lambda payment: payment.currency, exported=True),
        Column(
            "amount",
            _("Amount"),
            lambda payment: Money(payment.amount, payment.currency).major(),
            numeric=True,
        ),
    ),
    cells={
        "payment": _payment,
        "when": shows_moment(lambda payment: payment.created_at),
        "method": _method_and_cashier,
        "plate": _item_and_payer,
        "state": _state,
        "amount": shows(lambda payment: money(payment.amount, payment.currency)),
    },
    sort="-when",
    prepare=_with_payers,
    filters=PaymentFilter,
    lookups={
        "provider": "provider",
        "state": "state",
        "currency": "currency",
        "since": "created_at__gte",
        "until": "created_at__lt",
        "taken_by": "taken_by__iexact",
        "q": _numbered,
    },
    presets=(
        Preset(_("All"), {}),
        Preset(_("Paid"), {"state": Payment.State.PAID}),
        Preset(_("Failed"), {"state": Payment.State.FAILED}),
    ),
    topics=(PAYMENT.name,),
    empty=_("No payments yet. They come from the lanes, and from the pages that drivers pay on."),
)
