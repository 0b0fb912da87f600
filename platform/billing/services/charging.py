"""The life of a charge: drafted, opened at its final amount, adjusted, settled.

A cause has one row per revision. The row of revision 0 is the cause's lock: every change of what a
cause owes, or of what was paid for it, locks that row first (`lock_cause`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from billing import ledger, ports
from billing.ledger import Line, Party
from billing.models import Account, Allocation, Charge, Payment, PaymentItem
from billing.postings import earned, party_of, payer_of
from billing.refundable import refundable
from billing.services.allocation import CauseAccount
from billing.services.matching import match_refunds
from billing.services.releasing import release
from billing.vat import NO_VAT, Vat, day_of, rate_of_site, vat_in
from core import clock
from core.copying import insert_rows
from core.models import Site
from core.money import Money

State = Charge.State
Code = Account.Code


@dataclass(frozen=True, slots=True)
class Cause:
    """What a charge is for: a typed reference, with the period of a recurring one."""

    kind: str
    id: str
    period: str = ""

    @classmethod
    def of(cls, charge: Charge) -> "Cause":
        """Return the cause of a charge."""
        return cls(charge.source_type, charge.source_id, charge.period)

    def filter(self) -> dict[str, str]:
        """Return the field values that select the charges of this cause."""
        return {"source_type": self.kind, "source_id": self.id, "period": self.period}


def draft_charge(
    site: Site,
    cause: Cause,
    currency: str,
    *,
    begins_at: datetime | None = None,
    payer: Party | None = None,
) -> Charge:
    """Return the cause's draft charge, creating it where there is none.

    A cause whose latest charge is posted or cancelled gets the next revision as a draft.

    Args:
        site: whose ledger the charge will be posted to.
        cause: what the charge is for.
        currency: of the amount.
        begins_at: when the service began.
        payer: who owes it, as (type, id); by default the payer of the earlier revisions, or None
            while the payer is unknown.
    """
    latest = latest_charge(cause)
    if latest is not None and latest.state == State.DRAFT:
        return latest
    revision = latest.revision + 1 if latest else 0
    payer = payer or (payer_of(latest) if latest else None)
    draft = _new_draft(site.pk, cause, currency, begins_at, payer, revision)
    Charge.objects.bulk_create([draft], ignore_conflicts=True)
    return Charge.objects.select_related("site").get(**cause.filter(), revision=draft.revision)


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A new cause, whose charge is drafted; see `draft_charge`."""

    site_id: int
    cause: Cause
    currency: str
    begins_at: datetime | None = None


def create_drafts(drafts: Sequence[NewDraft]) -> list[Charge]:
    """Create the draft charges of new causes with one statement."""
    return insert_rows(
        _new_draft(each.site_id, each.cause, each.currency, each.begins_at, None, 0)
        for each in drafts
    )


def latest_charge(cause: Cause) -> Charge | None:
    """Return the cause's charge of the highest revision."""
    return (
        Charge.objects.filter(**cause.filter()).select_related("site").order_by("-revision").first()
    )


def lock_cause(cause: Cause) -> None:
    """Serialise changes of what the cause owes and what was paid for it, until commit."""
    lock_causes([cause])


def lock_causes(causes: Iterable[Cause]) -> None:
    """Lock several causes as `lock_cause` does one, in one order for all callers."""
    roots = Charge.objects.filter(any_of(causes), revision=0).order_by("pk")
    list(roots.select_for_update(no_key=True).values_list("pk"))


def any_of(causes: Iterable[Cause], prefix: str = "") -> Q:
    """Return the condition that selects the charges of any of the causes.

    Args:
        prefix: the path to the charge, such as ``charge__``.
    """
    found = Q(pk__in=[])
    for cause in causes:
        found |= Q(**{f"{prefix}{name}": value for name, value in cause.filter().items()})
    return found


@transaction.atomic(savepoint=False)
def open_charge(
    charge: Charge,
    total: int,
    *,
    lines: list[dict[str, Any]],
    vat: Vat | None = None,
    ends_at: datetime | None = None,
    due_at: datetime | None = None,
    at: datetime | None = None,
    posted_to: str = "",
) -> Charge:
    """Make a draft final and settle it with the money that is held for it.

    Money held beyond the amount becomes due for refund; what is missing becomes a receivable.

    Args:
        charge: the draft; one that is final already is returned unchanged.
        total: what its cause costs altogether, in minor units. The amount of a later revision is
            the difference from what the earlier ones charged.
        lines: the explanation of the total.
        vat: the VAT in the total; by default that of the income account, at the rate of the day on
            which the amount became final, or of the amount that it corrects.
        ends_at: when the service ended.
        due_at: when the amount is due.
        at: when it became final; now by default.
        posted_to: the account of the amount; the income account of its source by default.
    """
    values: dict[str, Any] = {"ends_at": ends_at, "due_at": due_at, "opened_at": at or clock.now()}
    return _finalise(charge, total, vat, posted_to=posted_to, lines=lines, **values)


@transaction.atomic(savepoint=False)
def cancel_charge(charge: Charge) -> Charge:
    """Make a draft final at zero; money that is held for it becomes due for refund.

    A charge that is final already is returned unchanged.
    """
    return _finalise(charge, 0, None, lines=[], opened_at=clock.now(), zero=State.CANCELLED)


def adjust_charge(
    site: Site,
    cause: Cause,
    currency: str,
    total: int,
    *,
    lines: list[dict[str, Any]],
    vat: Vat | None = None,
    due_at: datetime | None = None,
    posted_to: str = "",
) -> Charge:
    """Change what a cause costs after its charge was posted, by a charge of the difference.

    Args:
        site: whose ledger.
        cause: what is charged.
        currency: of the total.
        total: what the cause costs altogether from now on, in minor units.
        lines: the explanation of the total.
        vat: the VAT in the total; by default at the rate of what was charged before.
        due_at: when a higher amount is due.
        posted_to: the account of the difference; the income account of its source by default.
    """
    draft = draft_charge(site, cause, currency)
    return open_charge(draft, total, lines=lines, vat=vat, due_at=due_at, posted_to=posted_to)


def settle_paid(account: CauseAccount, opening: Charge | None = None) -> None:
    """Mark the open charges of a cause as settled once they are paid altogether."""
    held = sum(account.paid_for(each) for each in account.charges if each.state == State.DRAFT)
    if account.paid - held != account.total:
        return
    still_open = [each for each in account.charges if each.state == State.OPEN]
    # The one that is being opened is saved by its caller: its row is still a draft.
    rows = [each.pk for each in still_open if each is not opening]
    if rows:
        Charge.objects.filter(pk__in=rows).update(state=State.SETTLED)
    for each in still_open:
        each.state = State.SETTLED


def account_of(cause: Cause, at: datetime) -> CauseAccount:
    """Return the charges of a cause with what is allocated to them; lock the cause first."""
    return CauseAccount(list(_charges_of(cause)), _items_of(cause), at)


def _charges_of(cause: Cause) -> QuerySet[Charge]:
    return Charge.objects.filter(**cause.filter()).select_related("site").order_by("revision")


def _account_with_rate(charge: Charge, at: datetime) -> tuple[CauseAccount, Decimal]:
    """Return the account of a charge's cause, and the VAT rate of the day, with the same query."""
    cause, day = Cause.of(charge), day_of(charge.site, at)
    rate = rate_of_site(ports.income_account_of(charge.source_type), day)
    charges = list(_charges_of(cause).annotate(rate_of_day=rate))
    held: Decimal | None = charges[-1].rate_of_day
    return CauseAccount([*charges], _items_of(cause), at), held or NO_VAT.rate


def _vat_of(account: CauseAccount, total: int, rate: Decimal) -> Vat:
    """Return the VAT in what a cause costs; a correction has the rate of what it corrects."""
    if account.total:
        posted = [each for each in account.charges if each.state in Charge.POSTED]
        return vat_in(total, posted[-1].vat_rate)
    return vat_in(total, rate) if total else NO_VAT


def _new_draft(
    site_id: int,
    cause: Cause,
    currency: str,
    begins_at: datetime | None,
    payer: Party | None,
    revision: int,
) -> Charge:
    payer_type, payer_id = payer or (None, None)
    return Charge(
        site_id=site_id,
        **cause.filter(),
        revision=revision,
        payer_type=payer_type,
        payer_id=payer_id,
        currency=currency,
        begins_at=begins_at,
        created_at=clock.now(),
    )


def _finalise(
    charge: Charge,
    total: int,
    vat: Vat | None,
    *,
    zero: str = State.SETTLED,
    posted_to: str = "",
    **values: Any,
) -> Charge:
    """Open a draft at its difference from the total and settle it; ``zero`` is its state at zero.

    An adjustment by zero is always cancelled.
    """
    lock_cause(Cause.of(charge))
    account, rate = _account_with_rate(charge, values["opened_at"])
    draft = account.charges[-1]
    if draft.state != State.DRAFT:
        return draft
    for name, value in values.items():
        setattr(draft, name, value)
    draft.amount = total - account.total
    vat = vat or _vat_of(account, total, rate)
    draft.vat_rate, draft.vat_amount = vat.rate, vat.amount - account.vat
    draft.state = State.OPEN
    released = {} if account.fits(draft) else account.fit(draft, account.payments)
    released |= _reapplied(account)
    if draft.amount or account.paid or released:
        _post_opening(draft, account, released, posted_to)
    settle_paid(account, opening=draft)
    if not draft.amount:
        draft.state = State.CANCELLED if draft.revision else zero
    draft.save()
    return draft


def _reapplied(account: CauseAccount) -> dict[Payment, int]:
    """Allocate what is due for refund of the cause's own payments to what it lacks now.

    A price that was lowered by mistake and raised again is paid by the money that paid it before.

    Returns:
        By payment, the amount as it is released: below zero.
    """
    used: dict[Payment, int] = {}
    for payment in reversed(account.payments):
        missing = account.total - account.paid
        if missing > 0:
            Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
            amount = min(missing, refundable(payment).minor)
            if amount:
                account.allocate(payment, amount)
                used[payment] = -amount
    return used


def _items_of(cause: Cause) -> list[PaymentItem]:
    """Return what payments are for the cause, with their allocations, in one query."""
    charged = {f"charge__{name}": value for name, value in cause.filter().items()}
    rows = Allocation.objects.filter(payment=OuterRef("payment"), **charged)
    pairs = rows.values_list(JSONObject(charge="charge_id", amount="amount"))
    items = PaymentItem.objects.filter(**charged).select_related("payment").order_by("pk")
    found: list[Any] = list(items.annotate(allocations=ArraySubquery(pairs)))
    for item in found:
        item.allocated = [(each["charge"], each["amount"]) for each in item.allocations]
    return found


def _post_opening(
    draft: Charge, account: CauseAccount, released: dict[Payment, int], posted_to: str
) -> None:
    """Post what the cause costs now: from the credit held for it, the rest as a receivable."""
    party = party_of(draft)
    standing = ledger.balances_of_charges(each.pk for each in account.charges)
    missing = max(0, account.total - account.paid)

    def line(code: str, amount: int, party: Party | None) -> Line:
        return Line(code, Money(amount, draft.currency), party, draft)

    lines = [
        line(Code.CREDIT, -standing[Code.CREDIT], party),
        line(Code.RECEIVABLE, missing - standing[Code.RECEIVABLE], party),
    ]
    at = draft.opened_at or clock.now()
    lines += [release(payment, amount, at, draft) for payment, amount in released.items()]
    lines += earned(draft, sum(each.money.minor for each in lines), draft.vat_amount, posted_to)
    if any(each.money for each in lines):
        memo = f"charge {draft.reference}, revision {draft.revision}"
        concerns = day_posted(account.charges[0]) if draft.revision else None
        ledger.book(
            draft.site, f"charge:{draft.pk}", memo, lines, at=draft.opened_at, concerns=concerns
        )
    _match_released(payment for payment, amount in released.items() if amount > 0)


def day_posted(charge: Charge) -> date | None:
    """Return the day on which a charge was posted, to whose month its corrections belong."""
    if charge.opened_at is None:
        return None
    return clock.local(charge.opened_at, charge.site.timezone).date()


def _match_released(payments: Iterable[Payment]) -> None:
    """Match money that was just released with what its provider has paid back before."""
    names = [each.pk for each in payments]
    rows = Payment.objects.filter(pk__in=names) if names else Payment.objects.none()
    for payment in rows.select_for_update(of=("self",), no_key=True).select_related("site"):
        match_refunds(payment)
