"""The list of deposits: columns, filters and what an export holds."""

from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.deposit_reads import deposits
from billing.models import Deposit
from billing.payers import key_of, names_of
from billing.permissions import BillingPermission
from billing.topics import BILL, PAYMENT
from core.models import Site
from core.money import Money
from people.models import Company, Person
from ui.lists import (
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    containing,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, link, shows, shows_moment, state
from ui.templatetags.gatehouse import money

_UNPAID, _HELD, _SETTLED = "unpaid", "held", "settled"


class DepositFilter(ListFilter):
    """Filters of deposits."""

    private = frozenset({"payer"})

    q = search_filter(_("What for"))
    payer = forms.CharField(label=_("Payer"), required=False, max_length=100)
    state = choice_filter(
        _("State"),
        [(_UNPAID, _("not paid in full")), (_HELD, _("held")), (_SETTLED, _("settled"))],
    )


def _of_payer(site: Site, rows: QuerySet[Deposit], text: str) -> QuerySet[Deposit]:
    found = Q(pk__in=[])
    for kind, model in (("person", Person), ("company", Company)):
        named: Any = model
        keys = named.objects.filter(site=site, name__icontains=text).values_list("pk", flat=True)
        found |= Q(payer_type=kind, payer_id__in=[str(key) for key in keys[:500]])
    return rows.filter(found)


def _state(deposit: Any) -> tuple[str, str]:
    """Return the label of a deposit's state and its tone."""
    if deposit.is_settled:
        return gettext("settled"), ""
    if deposit.paid < deposit.amount:
        return gettext("not paid in full"), "wait"
    return gettext("held"), "go"


def _payer(deposit: Any, page: RowPage) -> SafeString:
    address = reverse("console:payer_account", args=[page.slug, key_of(deposit.payer)])
    return link(address, deposit.payer_name)


def _acts(deposit: Any, page: RowPage) -> SafeString:
    if deposit.is_settled or BillingPermission.ISSUE_BILLS not in page.permissions:
        return SafeString("")
    return dialog_button(page.address("console:settle_deposit", deposit.pk), _("Settle"))


def _with_names(rows: list[Any]) -> list[Any]:
    names = names_of(rows[0].site, (row.payer for row in rows)) if rows else {}
    for row in rows:
        row.payer_name = names.get(row.payer, "–")
    return rows


def _held(deposit: Any) -> int:
    """Return what is held: what was paid, less what was kept when it was settled."""
    return int(deposit.paid) - (deposit.settlement.kept if deposit.is_settled else 0)


DEPOSITS = Listing(
    name="deposits",
    title=_("Deposits"),
    rows=deposits,
    columns=(
        Column("payer", _("Payer"), None, fixed=True),
        Column("purpose", _("What for"), lambda deposit: deposit.purpose, prose=True),
        Column("when", _("Asked for"), lambda deposit: deposit.created_at, sort="created_at"),
        Column("unit", _("Unit"), lambda deposit: str(deposit.unit or "")),
        Column("state", _("State"), lambda deposit: _state(deposit)[0]),
        Column("currency", _("Currency"), lambda deposit: deposit.currency, exported=True),
        Column("amount", _("Amount"), lambda d: Money(d.amount, d.currency).major(), numeric=True),
        Column("held", _("Held"), lambda d: Money(_held(d), d.currency).major(), numeric=True),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "payer": _payer,
        "when": shows_moment(lambda deposit: deposit.created_at),
        "state": lambda deposit, _page: state(*_state(deposit)),
        "amount": shows(lambda deposit: money(deposit.amount, deposit.currency)),
        "held": shows(lambda deposit: money(_held(deposit), deposit.currency)),
        "acts": _acts,
    },
    sort="-when",
    filters=DepositFilter,
    lookups={
        "q": containing("purpose"),
        "payer": _of_payer,
        "state": conditions(
            {
                _UNPAID: Q(is_settled=False, paid__lt=F("amount")),
                _HELD: Q(is_settled=False, paid__gte=F("amount")),
                _SETTLED: Q(is_settled=True),
            }
        ),
    },
    prepare=_with_names,
    presets=(
        Preset(_("All"), {}),
        Preset(_("Held"), {"state": _HELD}),
        Preset(_("Not paid in full"), {"state": _UNPAID}),
    ),
    topics=(BILL.name, PAYMENT.name),
    empty=_("No deposits yet. Ask for one on the account of a person or company."),
)
