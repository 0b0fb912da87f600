"""Single charges that staff enter by hand: damage, cleaning, a deposit."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Bill, Deposit
from billing.payers import party_of_holder
from billing.services import BillCharge, BillDraft, issue_bills, manual_bills
from billing.services.charging import Cause
from billing.settings import settings_of
from billing.vat import rates_of, vat_in
from core import audit, clock
from core.errors import Rejection
from core.models import User
from estate.models import Unit
from fees.charge_sources import ONE_OFF, kind_of
from fees.models import FeeItem, OneOffCharge
from fees.services.agreements import require_unit_of_site
from fees.services.items import lock_item
from people.models import Holder


@dataclass(frozen=True, kw_only=True)
class SingleCharge:
    """What somebody is charged once.

    Attributes:
        amount: in minor units, VAT included.
        description: what it is for, as the payer reads it.
        happened_on: the day of the bill by default.
        due_on: after the site's days to pay by default.
        billed_at: when the bill is issued; now by default.
    """

    payer: Holder
    amount: int
    description: str
    unit: Unit | None = None
    happened_on: date | None = None
    due_on: date | None = None
    billed_at: datetime | None = None


@transaction.atomic
def charge_once(item: FeeItem, actor: User, single: SingleCharge) -> Bill:
    """Charge a payer once by an item that is entered by hand, and issue the bill.

    Raises:
        Rejection: the item is charged in another way, amount or description is missing, or unit or
            payer is another site's.
    """
    locked = lock_item(item)
    _require_method(locked, FeeItem.Method.ONE_OFF)
    _require_valid(locked, single.payer, single.unit, single.amount, single.description)
    entry = _store(locked, actor, single)
    (bill,) = issue_bills(locked.site, [_draft(entry, single.payer)], entry.entered_at)
    detail = {"item": locked.code, "amount": single.amount, "bill": bill.number}
    audit.record(locked.site, actor, "charge once", (ONE_OFF, entry.pk), **detail)
    return bill


@transaction.atomic
def ask_for_deposit(
    item: FeeItem, actor: User, *, payer: Holder, amount: int, unit: Unit | None = None
) -> Deposit:
    """Ask a payer for a deposit by a bill.

    Raises:
        Rejection: the item is no deposit, the amount is not above zero, or the unit or the payer
            is another site's.
    """
    locked = lock_item(item)
    _require_method(locked, FeeItem.Method.DEPOSIT)
    _require_valid(locked, payer, unit, amount, str(locked))
    return manual_bills.ask_for_deposit(
        locked.site, party_of_holder(payer), amount, purpose=str(locked), actor=actor, unit=unit
    )


def _store(item: FeeItem, actor: User, single: SingleCharge) -> OneOffCharge:
    now, payer = single.billed_at or clock.now(), party_of_holder(single.payer)
    day = clock.local(now, item.site.timezone).date()
    return OneOffCharge.objects.create(
        site=item.site,
        item=item,
        unit=single.unit,
        payer_type=payer[0],
        payer_id=payer[1],
        amount=single.amount,
        description=single.description.strip(),
        happened_on=single.happened_on or day,
        due_on=single.due_on or day + timedelta(days=settings_of(item.site).due_days),
        entered_at=now,
        entered_by=actor,
    )


def _draft(entry: OneOffCharge, payer: Holder) -> BillDraft:
    item, begin = entry.item, clock.midnight(entry.happened_on, entry.site.timezone)
    tax = vat_in(entry.amount, item.vat_on(entry.happened_on, rates_of(entry.site)))
    line = {
        "item": item.code,
        "title": entry.description,
        "title_zh": entry.description,
        "fee": item.title,
        "fee_zh": item.title_zh,
        "day": entry.happened_on.isoformat(),
        "method": item.method,
        "amount": entry.amount,
        "vat": tax.amount,
    }
    charge = BillCharge(
        cause=Cause(kind_of(item), entry.public_id),
        amount=entry.amount,
        lines=[line],
        titles={"en": entry.description, "zh-hans": entry.description},
        vat=tax,
        begins_at=begin,
        ends_at=begin,
    )
    return BillDraft(
        payer=party_of_holder(payer),
        payer_name=str(payer),
        due_on=entry.due_on,
        charges=[charge],
        unit=entry.unit_id,
        unit_name=str(entry.unit or ""),
    )


def _require_method(item: FeeItem, method: str) -> None:
    if item.method != method:
        raise Rejection(
            "item",
            "other_method",
            _("%(item)s is not charged by hand") % {"item": item},
            _("choose a fee whose amount is entered by hand"),
        )


def _require_valid(
    item: FeeItem, payer: Holder, unit: Unit | None, amount: int, description: str
) -> None:
    require_unit_of_site(item, unit)
    if payer.site_id != item.site_id:
        raise Rejection(
            "person", "unknown", _("the payer is not at the site"), _("choose somebody else")
        )
    if amount <= 0:
        raise Rejection(
            "amount", "not_positive", _("the amount must be more than zero"), _("enter an amount")
        )
    if not description.strip():
        raise Rejection(
            "description", "missing", _("nothing says what it is for"), _("enter a few words")
        )
