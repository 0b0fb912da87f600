"""The list of differences: columns, filters and what an export holds."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import BalanceTransaction, ReconciliationDifference
from billing.permissions import BillingPermission
from billing.topics import PAYMENT
from core.models import Site
from core.money import Money
from ui.forms import LocalTime
from ui.lists import (
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, link, shows_moment, state
from ui.templatetags.gatehouse import money

_OPEN, _DECIDED = "open", "decided"
_STATES = {_OPEN: pgettext_lazy("difference", "to be decided"), _DECIDED: _("decided")}
Kind = ReconciliationDifference.Kind


class DifferenceFilter(ListFilter):
    """Filters of differences."""

    q = search_filter(_("Receipt number or reference"))
    state = choice_filter(_("State"), list(_STATES.items()))
    kind = choice_filter(pgettext_lazy("reconciliation", "Difference"), Kind.choices)
    about = choice_filter(_("About"), BalanceTransaction.Kind.choices)
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)


def _rows(site: Site) -> QuerySet[ReconciliationDifference]:
    rows = ReconciliationDifference.objects.filter(site=site)
    return rows.select_related("payment", "transaction", "decided_by")


def _named(_site: Site, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    named = Q(payment__public_id=text) | Q(payment__provider_ref=text)
    return rows.filter(named | Q(transaction__reference=text) | Q(transaction__source=text))


def _reference(row: ReconciliationDifference) -> str:
    return row.transaction.reference if row.transaction else row.payment.public_id  # type: ignore[union-attr]


def _payment(row: ReconciliationDifference, page: RowPage) -> str | SafeString:
    """Return the reference, as a link to the payment where there is one."""
    if row.payment_id is None:
        return _reference(row)
    return link(page.address("console:finance_payment", row.payment_id), _reference(row))


def _major(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else Money(minor, currency).major()


def _shown(minor: int | None, currency: str) -> str:
    return "–" if minor is None else money(minor, currency)


def _state(row: ReconciliationDifference) -> Any:
    return _STATES[_OPEN if row.decided_at is None else _DECIDED]


def _reason(row: ReconciliationDifference) -> Any:
    """Return the reason; the row of the provider where it reported the payment later."""
    if row.decided_at and row.decided_by_id is None:
        return _("The provider reported it later: %(reference)s") % {"reference": row.reason}
    return row.reason


def _decide(row: ReconciliationDifference, page: RowPage) -> str | SafeString:
    if row.decided_at is not None or BillingPermission.RECONCILE not in page.permissions:
        return ""
    return dialog_button(page.address("console:decide_difference", row.pk), _("Decide"))


DIFFERENCES = Listing(
    name="reconciliation",
    title=_("Reconciliation"),
    rows=_rows,
    columns=(
        Column("reference", _("Reference"), _reference, fixed=True),
        Column(
            "found", pgettext_lazy("difference", "Found"), lambda row: row.found_at, sort="found_at"
        ),
        Column("about", _("About"), lambda row: row.get_about_display()),
        Column(
            "kind",
            pgettext_lazy("reconciliation", "Difference"),
            lambda row: row.get_kind_display(),
        ),
        Column(
            "booked",
            _("In the ledger"),
            lambda row: _major(row.booked, row.booked_currency),
            numeric=True,
        ),
        Column(
            "reported",
            _("At the provider"),
            lambda row: _major(row.reported, row.reported_currency),
            numeric=True,
        ),
        Column(
            "currency",
            _("Currency"),
            lambda r: r.booked_currency or r.reported_currency,
            exported=True,
        ),
        Column("state", _("State"), _state),
        Column("reason", _("Reason"), _reason, prose=True),
        Column("by", _("Decided by"), lambda row: str(row.decided_by or "")),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "reference": _payment,
        "found": shows_moment(lambda row: row.found_at),
        "booked": lambda row, _page: _shown(row.booked, row.booked_currency),
        "reported": lambda row, _page: _shown(row.reported, row.reported_currency),
        "state": lambda row, _page: state(_state(row), "" if row.decided_at else "wait"),
        "acts": _decide,
    },
    sort="-found",
    filters=DifferenceFilter,
    lookups={
        "q": _named,
        "state": conditions(
            {_OPEN: Q(decided_at=None), _DECIDED: Q(decided_at__isnull=False)}, "pk"
        ),
        "kind": "kind",
        "about": "about",
        "since": "found_at__gte",
        "until": "found_at__lt",
    },
    first_query={"state": _OPEN},
    presets=(Preset(_("All"), {}), Preset(_("To be decided"), {"state": _OPEN})),
    topics=(PAYMENT.name,),
    empty=_("Nothing differs: the provider's balance and the ledger agree."),
)
