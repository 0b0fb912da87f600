"""Charges of many new causes at once, as a batch of records or an import brings them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from billing import ledger, ports
from billing.ledger import Line, NewEntry
from billing.models import Account, Charge
from billing.services.charging import Cause, party_of
from core import clock
from core.models import Site
from core.money import Money


@dataclass(frozen=True, slots=True)
class NewCharge:
    """The charge of a cause that has none yet, and for which nothing was paid.

    Attributes:
        state: ``draft``; ``open`` for an amount that is final; ``cancelled`` where nothing is owed.
        amount: in minor units; 0 for a draft and for one that is cancelled.
    """

    cause: Cause
    state: str
    currency: str
    begins_at: datetime
    amount: int = 0
    lines: Sequence[dict[str, Any]] = ()
    ends_at: datetime | None = None


@transaction.atomic(savepoint=False)
def create_charges(site: Site, charges: Sequence[NewCharge]) -> list[Charge]:
    """Create the charges and post those that are open, with a few statements for all of them.

    The result is that of `create_charge` followed by `open_charge` or `cancel_charge` for each.
    """
    now = clock.now()
    rows = Charge.objects.bulk_create(_row(site, each, now) for each in charges)
    entries = [_entry(site, row) for row in rows if row.amount]
    if entries:
        ledger.book_new(site, entries)
    return rows


def _row(site: Site, new: NewCharge, now: datetime) -> Charge:
    is_final = new.state != Charge.State.DRAFT
    is_free = new.state == Charge.State.OPEN and not new.amount
    return Charge(
        site=site,
        **new.cause.filter(),
        currency=new.currency,
        begins_at=new.begins_at,
        created_at=now,
        state=Charge.State.SETTLED if is_free else new.state,
        amount=new.amount,
        lines=list(new.lines),
        ends_at=new.ends_at,
        due_at=new.ends_at,
        opened_at=(new.ends_at or now) if is_final else None,
    )


def _entry(site: Site, charge: Charge) -> NewEntry:
    money = Money(charge.amount, charge.currency)
    income = ports.source_of(charge).income_account
    return NewEntry(
        reference=f"charge:{charge.pk}",
        memo=f"charge {charge.reference}, revision 0",
        lines=[
            Line(Account.Code.RECEIVABLE, money, party_of(charge), charge),
            Line(income, -money, None, charge),
        ],
        at=charge.opened_at or clock.now(),
    )
