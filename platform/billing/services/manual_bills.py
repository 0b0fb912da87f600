"""Bill open charges of a payer by hand, and deposits, outside of a run."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from billing.ledger import Party
from billing.models import Bill, Charge, Deposit
from billing.outstanding import billed
from billing.payers import holder_of
from billing.postings import payer_of
from billing.services.bills import BillDraft, issue_bills
from billing.services.charging import Cause, account_of, adjust_charge, lock_causes
from billing.services.credit import apply_credit
from billing.services.deposits import cause_of, require_deposit
from billing.settings import settings_of
from billing.vat import Vat
from core import audit, clock
from core.errors import Rejection
from core.models import Site, User
from estate.models import Unit
from people.models import Holder
from people.periods import today


@transaction.atomic
def ask_for_deposit(
    site: Site,
    payer: Party,
    amount: int,
    *,
    purpose: str,
    actor: User | str,
    unit: Unit | None = None,
    due_on: date | None = None,
) -> Deposit:
    """Ask a payer for a deposit by a bill, which is paid like any other.

    Args:
        due_on: at the site; after its days to pay by default.

    See `require_deposit` for the others.

    Raises:
        Rejection: the site has no such payer, the amount is not above zero, or the purpose is
            missing.
    """
    due_on = due_on or today(site) + timedelta(days=settings_of(site).due_days)
    due_at = clock.midnight(due_on, site.timezone)
    person = actor if isinstance(actor, User) else None
    deposit = require_deposit(
        site, payer, amount, purpose=purpose, actor=person, unit=unit, due_at=due_at
    )
    charges = Charge.objects.filter(**cause_of(deposit).filter()).select_related("site")
    bill_charges(site, payer, list(charges), actor, due_on=due_on, unit=unit)
    return deposit


@transaction.atomic
def bill_charges(
    site: Site,
    payer: Party,
    charges: Sequence[Charge],
    actor: User | str,
    *,
    due_on: date,
    unit: Unit | None = None,
) -> Bill:
    """Issue a bill of open charges that are on none.

    Args:
        site: whose charges.
        payer: who owes them, as (type, id).
        charges: those that the bill lists, in this order.
        actor: who issues it; the caller has checked the permission.
        due_on: the day until which it is to be paid, at the site.
        unit: the one that the charges are for, whose residents see the bill.

    Raises:
        Rejection: the site has no such payer, or a charge is paid, billed or another payer's.
    """
    holder = _known_holder(site, payer)
    lock_causes(Cause.of(each) for each in charges)
    _require_unbilled(charges)
    fresh = Charge.objects.select_related("site").in_bulk([each.pk for each in charges])
    draft = BillDraft(
        payer=payer,
        payer_name=str(holder),
        payer_address=holder.homes[:300],
        due_on=due_on,
        unit=unit.pk if unit else None,
        unit_name=str(unit or ""),
        posted=[_in_one(fresh[each.pk]) for each in charges],
    )
    (bill,) = issue_bills(site, [draft])
    detail = {"number": bill.number, "amount": bill.total, "currency": bill.currency}
    audit.record(site, actor, "issue bill", ("bill", bill.public_id), **detail)
    return bill


def _known_holder(site: Site, payer: Party) -> Holder:
    holder = holder_of(site, payer)
    if holder is None:
        raise Rejection(
            "payer", "unknown", _("this payer is not registered"), _("choose another payer")
        )
    return holder


def _require_unbilled(charges: Sequence[Charge]) -> None:
    if Charge.objects.filter(billed(), pk__in=[each.pk for each in charges]).exists():
        raise Rejection(
            "charges",
            "billed",
            _("this charge is on a bill already"),
            _("choose charges that are not billed"),
        )


def _in_one(charge: Charge) -> Charge:
    """Return a charge of all that its cause costs, such as a late fee after a waiver.

    A bill asks for what its charges come to, so a cause that was changed is charged again in one.
    What was paid of it pays the new charge.
    """
    account = account_of(Cause.of(charge), clock.now())
    if charge.state != Charge.State.OPEN or account.total in (0, charge.amount):
        return charge
    lines = [line for each in account.charges for line in each.lines]
    total, vat, paid = account.total, Vat(charge.vat_rate, account.vat), account.paid
    values = (charge.site, Cause.of(charge), charge.currency)
    adjust_charge(*values, 0, lines=[])
    again = adjust_charge(*values, total, lines=lines, vat=vat, due_at=charge.due_at)
    payer = payer_of(charge)
    if paid and payer is not None:
        apply_credit(charge.site, payer, charges=[again.pk])
        again.refresh_from_db()
    return again
