"""The lists of what a person decides about: refunds, payments in doubt, suspense, disputes."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import selectors
from billing.labels import entry_note, entry_title
from billing.methods import method_title
from billing.models import Dispute, LedgerEntry, Refund
from billing.topics import PAYMENT
from console.finance.listing import PAYMENTS, item, item_title, with_items
from core.models import Site
from core.money import Money
from parking.charges import KIND
from parking.models import Stay
from ui.forms import LocalTime
from ui.lists import Column, ListFilter, Listing, Preset, choice_filter, search_filter
from ui.lists.cells import RowPage, link, shows, shows_moment, state
from ui.query_params import whole_number
from ui.templatetags.gatehouse import money, plate


class RefundFilter(ListFilter):
    """Filters of refunds."""

    q = search_filter(_("Receipt number or reference"))
    state = choice_filter(_("State"), Refund.State.choices)
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)


class DisputeFilter(RefundFilter):
    """Filters of disputes."""

    state = choice_filter(_("State"), Dispute.State.choices)


class SuspenseFilter(ListFilter):
    """Filters of ledger entries in suspense."""

    q = search_filter(_("Note"))
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)


def _of_payment(_site: Site, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Narrow rows by the number, the id or the provider's reference of their payment."""
    named = Q(payment__public_id=text) | Q(payment__provider_ref=text)
    number = whole_number(text)
    return rows.filter(named if number is None else named | Q(payment__receipt_no=number))


def _amount(row: Any) -> Decimal:
    return Money(row.amount, row.currency).major()


def _receipt(row: Any) -> object:
    return row.payment.receipt_no or row.payment.public_id


def _receipt_link(row: Any, page: RowPage) -> SafeString:
    """Return the payment by its receipt's number, or by its reference without one."""
    number = row.payment.receipt_no
    text = _("Receipt %(number)s") % {"number": number} if number else row.payment.public_id
    return link(page.address("console:finance_payment", row.payment_id), text)


def _money(row: Any, _page: RowPage) -> str:
    return money(row.amount, row.currency)


REFUNDS_DUE = replace(
    PAYMENTS,
    name="refunds_due",
    title=_("Refunds due"),
    rows=lambda site: with_items(site, selectors.payments_owed_back(site)),
    columns=(
        *map(
            PAYMENTS.by_column.__getitem__,
            ("payment", "receipt", "when", "paid", "method", "plate"),
        ),
        Column("currency", _("Currency"), lambda payment: payment.currency, exported=True),
        Column("due", _("Due"), lambda p: Money(p.owed, p.currency).major(), numeric=True),
    ),
    cells={**PAYMENTS.cells, "due": shows(lambda payment: money(payment.owed, payment.currency))},
    presets=(),
    empty=_("No refunds are due. Money that was paid in excess is listed here until it is repaid."),
)

IN_DOUBT = replace(
    PAYMENTS,
    name="payments_in_doubt",
    title=_("Payments in doubt"),
    rows=lambda site: with_items(site, selectors.in_doubt(site)),
    presets=(),
    empty=_("No payment is in doubt: every provider collected the amount that was asked for."),
)

REFUNDS = Listing(
    name="refunds",
    title=_("Refunds"),
    rows=lambda site: with_items(site, selectors.refunds(site), "payment"),
    columns=(
        Column("receipt", _("Payment"), _receipt, fixed=True),
        Column("when", _("Requested"), lambda refund: refund.created_at, sort="created_at"),
        Column("method", _("Method"), lambda r: method_title(r.payment)),
        Column("plate", _("Item"), item_title),
        Column("reason", _("Reason"), lambda refund: refund.reason, prose=True),
        Column("by", _("Requested by"), lambda refund: str(refund.requested_by or "")),
        Column("approved", _("Approved by"), lambda refund: str(refund.approved_by or "")),
        Column("state", _("State"), lambda refund: refund.get_state_display()),
        Column("currency", _("Currency"), lambda refund: refund.currency, exported=True),
        Column("amount", _("Amount"), _amount, numeric=True),
    ),
    cells={
        "receipt": _receipt_link,
        "when": shows_moment(lambda refund: refund.created_at),
        "plate": item,
        "state": lambda refund, _page: state(refund.get_state_display()),
        "amount": _money,
    },
    sort="-when",
    filters=RefundFilter,
    lookups={
        "q": _of_payment,
        "state": "state",
        "since": "created_at__gte",
        "until": "created_at__lt",
    },
    presets=(
        Preset(_("All"), {}),
        Preset(_("Waiting for approval"), {"state": Refund.State.REQUESTED}),
        Preset(_("Failed"), {"state": Refund.State.FAILED}),
    ),
    topics=(PAYMENT.name,),
    empty=_("No refunds yet. A refund is requested on the page of its payment."),
)

DISPUTES = replace(
    REFUNDS,
    name="disputes",
    title=_("Disputes"),
    rows=lambda site: with_items(site, selectors.disputes(site), "payment"),
    columns=(
        Column("receipt", _("Payment"), _receipt, fixed=True),
        Column("when", _("Opened"), lambda dispute: dispute.created_at, sort="created_at"),
        Column("plate", _("Item"), item_title),
        Column("ref", _("Reference"), lambda dispute: dispute.provider_ref),
        Column("state", _("State"), lambda dispute: dispute.get_state_display()),
        Column("currency", _("Currency"), lambda dispute: dispute.currency, exported=True),
        Column("amount", _("Amount"), _amount, numeric=True),
    ),
    filters=DisputeFilter,
    presets=(
        Preset(_("All"), {}),
        Preset(pgettext_lazy("dispute", "Open"), {"state": Dispute.State.OPEN}),
        Preset(_("Lost"), {"state": Dispute.State.LOST}),
    ),
    empty=_("No payment is disputed. What payers dispute at their bank is listed here."),
)


def stays_in_suspense(entries: list[LedgerEntry]) -> dict[int, Stay]:
    """Return the stays that ledger entries in suspense are about, by entry."""
    causes = selectors.causes_in_suspense(entries)
    names = {pk: cause.id for pk, cause in causes.items() if cause.kind == KIND}
    stays = {each.public_id: each for each in Stay.objects.filter(public_id__in=names.values())}
    return {pk: stays[name] for pk, name in names.items() if name in stays}


def _with_stays(entries: list[Any]) -> list[Any]:
    """Return a page's entries, each with its stay as ``stay``."""
    stays = stays_in_suspense(entries)
    for entry in entries:
        entry.stay = stays.get(entry.pk)
    return entries


def _stay(entry: Any, page: RowPage) -> str:
    if entry.stay is None:
        return ""
    return link(page.address("console:stay", entry.stay.pk), plate(entry.stay.plate))


def _plate(entry: LedgerEntry) -> str:
    return "".join(stay.plate for stay in stays_in_suspense([entry]).values())


SUSPENSE = Listing(
    name="suspense",
    title=_("Suspense"),
    rows=selectors.entries_in_suspense,
    columns=(
        Column("when", _("When"), lambda entry: entry.at, sort="at", fixed=True),
        Column("what", _("What happened"), entry_title),
        Column("memo", _("Note"), lambda entry: entry.memo, prose=True),
        Column("plate", _("Item"), _plate),
        Column("currency", _("Currency"), lambda entry: entry.currency, exported=True),
        Column("amount", _("Amount"), _amount, numeric=True),
    ),
    cells={
        "when": shows_moment(lambda entry: entry.at),
        "memo": shows(entry_note),
        "plate": _stay,
        "amount": _money,
    },
    sort="-when",
    filters=SuspenseFilter,
    lookups={"q": "memo__icontains", "since": "at__gte", "until": "at__lt"},
    prepare=_with_stays,
    topics=(PAYMENT.name,),
    empty=_("No money is in suspense: all that was received is booked to what it is for."),
)
