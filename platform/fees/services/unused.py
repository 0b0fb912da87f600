"""Credit fees that were billed for days that their payer no longer pays, such as after a move-out.

The credit is what was invoiced less what is due (property.md 7); what was paid of it becomes the
payer's credit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.ledger import Party
from billing.models import BillLine, CreditNote
from billing.ports import source_of
from billing.services import Cause, credit_bill
from billing.services.charging import account_of
from core import clock
from core.errors import Rejection
from core.models import Site, User
from core.money import Money
from fees.charge_sources import KINDS
from fees.corrections import due_of

# Bills of fees for days before are not looked at: a move-out is entered within a year.
LOOK_BACK = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class UnusedFee:
    """A line of a bill of which the payer does not pay all days any more.

    Attributes:
        left: what it costs after the credit notes so far.
        due: what the payer owes for the days that are left.
    """

    line: BillLine
    left: Money
    due: Money

    @property
    def credit(self) -> Money:
        """What is credited."""
        return self.left - self.due

    @property
    def title(self) -> str:
        """What the line is called, in the active language."""
        charge = self.line.charge
        return source_of(charge).title(charge, get_language() or "")


def unused_fees(site: Site, payer: Party) -> list[UnusedFee]:
    """Return what was billed to a payer for days that the payer does not pay, by bill and line.

    Days count by who pays the unit, or by the lease. Measured fees are left out: they are billed by
    their readings.
    """
    rows = BillLine.objects.filter(
        bill__site=site,
        bill__payer_type=payer[0],
        bill__payer_id=payer[1],
        charge__source_type__in=KINDS.values(),
        charge__ends_at__gt=clock.now() - LOOK_BACK,
    )
    rows = rows.select_related("bill__site", "charge__site")
    return [found for line in rows.order_by("bill", "position") for found in _unused(line)]


@transaction.atomic
def credit_unused(site: Site, payer: Party, actor: User, *, reason: str) -> list[CreditNote]:
    """Credit what `unused_fees` returns, by one credit note for each bill.

    Args:
        reason: printed on the credit notes.

    Raises:
        Rejection: there is no reason, or nothing to credit.
    """
    found = unused_fees(site, payer)
    if not found:
        raise Rejection(
            "reason",
            "nothing_to_credit",
            _("every fee that was billed is for days that this payer pays"),
            _("enter the last day of the occupancy or the lease first"),
        )
    notes = []
    for bill, fees in groupby(found, key=lambda each: each.line.bill):
        amounts = {each.line.pk: each.credit.minor for each in fees}
        notes.append(credit_bill(bill, actor, reason=reason, amounts=amounts))
    return notes


def _unused(line: BillLine) -> Iterator[UnusedFee]:
    charge = line.charge
    due = due_of(charge)
    if due is None or due.days >= _days(line):
        return
    left = account_of(Cause.of(charge), clock.now()).total
    if left > due.corrected.amount:
        money = Money(left, charge.currency), Money(due.corrected.amount, charge.currency)
        yield UnusedFee(line, *money)


def _days(line: BillLine) -> int:
    """Return for how many days a line was billed."""
    charge = line.charge
    if charge.begins_at is None or charge.ends_at is None:
        return 0
    zone = charge.site.timezone
    begin, end = (clock.local(at, zone).date() for at in (charge.begins_at, charge.ends_at))
    return (end - begin).days
