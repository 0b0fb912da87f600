"""The list of payments: columns, filters and what an export holds."""

from typing import Any, TypeVar

from django import forms
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing import selectors
from billing.models import Account, Payment, PaymentItem
from billing.topics import PAYMENT
from core.models import Site
from core.money import Money
from parking.charges import KIND
from parking.models import Stay
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter, search_filter
from ui.lists.cells import RowPage, link, shows, shows_moment, state
from ui.query_params import whole_number
from ui.templatetags.gatehouse import money, plate

Row = TypeVar("Row", bound=Model)
_PROVIDERS, _STATES = dict(Payment.Provider.choices), dict(Payment.State.choices)
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


def with_stays(site: Site, rows: QuerySet[Row], payment: str = "pk") -> QuerySet[Row]:
    """Return the rows, each with ``stay_pk`` and ``plate`` where its payment is for a stay.

    Args:
        site: the rows' site.
        rows: the rows.
        payment: the lookup of a row's payment.
    """
    items = PaymentItem.objects.filter(payment=OuterRef(payment), charge__source_type=KIND)
    stays = Stay.objects.filter(site=site, public_id=OuterRef("stay_id"))
    return rows.annotate(
        stay_id=Subquery(items.order_by("pk").values("charge__source_id")[:1])
    ).annotate(stay_pk=Subquery(stays.values("pk")[:1]), plate=Subquery(stays.values("plate")[:1]))


def _numbered(_site: Site, rows: QuerySet[Payment], text: str) -> QuerySet[Payment]:
    named = Q(public_id=text) | Q(provider_ref=text)
    number = whole_number(text)
    return rows.filter(named if number is None else named | Q(receipt_no=number))


def _payment(payment: Payment, page: RowPage) -> SafeString:
    return link(page.address("console:finance_payment", payment.pk), payment.public_id)


def item(payment: Any, page: RowPage) -> str:
    """Return the link to the stay, whose plate `with_stays` has found."""
    if not payment.stay_pk:
        return ""
    return link(page.address("console:stay", payment.stay_pk), plate(payment.plate))


def _state(payment: Payment, _page: RowPage) -> SafeString:
    return state(_STATES[payment.state], _TONES.get(payment.state, "wait"))


PAYMENTS = Listing(
    name="payments",
    title=_("Payments"),
    rows=lambda site: with_stays(site, selectors.payments(site)),
    columns=(
        Column("payment", _("Payment"), lambda payment: payment.public_id, fixed=True),
        Column("receipt", _("Receipt"), lambda payment: payment.receipt_no),
        Column("when", _("When"), lambda payment: payment.created_at, sort="created_at"),
        Column("paid", _("Paid"), lambda payment: payment.paid_at),
        Column("method", _("Method"), lambda payment: payment.get_provider_display()),
        Column("by", _("Taken by"), lambda payment: payment.taken_by),
        Column("plate", _("Item"), lambda payment: payment.plate or ""),
        Column("state", _("State"), lambda payment: payment.get_state_display()),
        Column("currency", _("Currency"), lambda payment: payment.currency),
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
        "paid": shows_moment(lambda payment: payment.paid_at),
        "method": shows(lambda payment: _PROVIDERS[payment.provider]),
        "plate": item,
        "state": _state,
        "amount": shows(lambda payment: money(payment.amount, payment.currency)),
    },
    sort="-when",
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
