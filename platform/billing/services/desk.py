"""Money taken at the desk: cash, card terminal, bank transfer or cheque, for several charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ports
from billing.ledger import Party
from billing.models import Account, Charge, Drawer, OfflineDetail, OfflineMethod, Payment
from billing.postings import payer_of
from billing.services.allocation import CauseAccount
from billing.services.cash import add_item
from billing.services.charging import Cause, account_of
from billing.services.deadlock_retry import retry_deadlock
from billing.services.drawers import MAX_MINOR, lock_open_drawer
from billing.services.penalties import (
    in_payment_order,
    lock_with_penalties,
    penalties_come_first,
    post_penalties,
)
from billing.services.recording import Claim, record_payment
from billing.settings import settings_of
from core import audit, clock
from core.errors import Rejection
from core.ids import public_id
from core.models import Site, User
from core.money import Money


@dataclass(frozen=True, slots=True)
class Received:
    """Money as it was received.

    Attributes:
        method: an `OfflineMethod`.
        amount: in minor units of the site's currency; None: exactly what the charges owe.
        reference: of the card slip, the transfer or the cheque; cash has none.
        dated_on: the date on it; today by default.
        held_for: the party that it is in suspense for, such as a line of a bank statement. It was
            received on that date, so penalties accrue until then, it may pay any charge in part
            and is no second payment.
    """

    method: str
    amount: int | None = None
    reference: str = ""
    dated_on: date | None = None
    held_for: Party | None = None


@dataclass(frozen=True, slots=True)
class _Due:
    """What a cause owes; its lock is held."""

    account: CauseAccount
    offer: ports.Offer

    @property
    def charge(self) -> Charge:
        return self.account.charges[-1]


@retry_deadlock
@transaction.atomic
def take_payment(
    site: Site,
    actor: User,
    payer: Party,
    received: Received,
    charges: Sequence[Charge] = (),
    *,
    key: str = "",
) -> Payment:
    """Record money of a payer, apply it to the chosen charges, and give it a receipt.

    The charges are paid in the site's order. Their penalties are posted first, until the day on
    which the money was received: with the statutory order they are paid before the charges, else
    by what exceeds them. The rest is credit of the payer.

    Args:
        actor: who took it; cash goes into the actor's open drawer.
        payer: as (type, id).
        charges: open charges of the payer, in the site's currency; none for a payment on account.
        key: a public id that the form was rendered with; a repeated call returns its payment.

    Raises:
        Rejection: a charge is not an open one of the payer, one would be paid in part where the
            site does not allow it, the amount or a detail is missing or out of range, it was
            recorded before, or there is no open drawer for cash.
    """
    lock_with_penalties(charges)
    drawer = _drawer_for(site, actor, received.method)
    if repeated := _recorded_before(site, key):
        return repeated
    now = clock.now()
    penalties = post_penalties(charges, _received_at(site, received, now))
    asked, beyond = _all_dues(site, payer, charges, penalties, now)
    money = Money(_amount(received, asked), site.currency)
    detail, parts = _detail(site, received), _split([*asked, *beyond], money.minor)
    if received.held_for is None:
        _require_valid(site, received.method, detail, money)
        _require_whole(site, parts[: len(asked)])
    payment, is_new = _create(site, actor, payer, received.method, money, now, key)
    if not is_new:
        return payment
    _record(payment, actor, payer)
    return _post(payment, received, detail, parts, drawer)


def _post(
    payment: Payment,
    received: Received,
    detail: OfflineDetail,
    parts: Sequence[tuple[_Due, int]],
    drawer: Drawer | None,
) -> Payment:
    """Store what a new payment is for, and record its money."""
    detail.payment = payment
    detail.save(force_insert=True)
    claims = [
        Claim(add_item(payment, due.charge, due.offer, part), due.account, due.offer.money.minor)
        for due, part in parts
    ]
    account = Account.Code.SUSPENSE if received.held_for else ""
    holder = drawer.party if drawer else received.held_for
    return record_payment(payment, payment.created_at, claims, holder=holder, account=account)


def _recorded_before(site: Site, key: str) -> Payment | None:
    return Payment.objects.filter(site=site, public_id=key).first() if key else None


def _drawer_for(site: Site, actor: User, method: str) -> Drawer | None:
    if method != OfflineMethod.CASH:
        return None
    drawer = lock_open_drawer(site.pk, actor, site.currency)
    if drawer is None:
        raise Rejection(
            "method",
            "no_drawer",
            _("you have no open drawer"),
            _("open a drawer before you take cash"),
        )
    return drawer


def _received_at(site: Site, received: Received, now: datetime) -> datetime:
    """Return until when penalties accrue: money in suspense arrived on its own date."""
    if received.held_for is None or received.dated_on is None:
        return now
    return min(now, clock.midnight(received.dated_on, site.timezone))


def _all_dues(
    site: Site,
    payer: Party,
    charges: Sequence[Charge],
    penalties: Sequence[Charge],
    at: datetime,
) -> tuple[list[_Due], list[_Due]]:
    """Read what the chosen causes owe now, and what only money beyond that pays: their penalties.

    With the statutory order the penalties come first, and belong to what is asked for.
    """
    if penalties_come_first(site):
        return _dues(site, payer, [*charges, *penalties], at), []
    return _dues(site, payer, charges, at), _dues(site, payer, penalties, at)


def _dues(site: Site, payer: Party, charges: Sequence[Charge], at: datetime) -> list[_Due]:
    """Read what causes owe now, in the order in which they are paid."""
    accounts = {Cause.of(each): account_of(Cause.of(each), at) for each in charges}
    ordered = in_payment_order(
        (account.charges[-1] for account in accounts.values()), settings_of(site).penalty_order
    )
    dues = []
    for charge in ordered:
        account = accounts[Cause.of(charge)]
        offer = ports.source_of(charge).price(charge, at)
        is_own = charge.site_id == site.pk and payer_of(charge) == payer
        if not is_own or charge.state == Charge.State.DRAFT or not offer.money:
            raise Rejection(
                "charges",
                "not_open",
                _("this charge is not an open one of the payer"),
                _("choose the charges again"),
            )
        if charge.currency != site.currency:
            raise Rejection(
                "charges",
                "other_currency",
                _("this charge is in another currency"),
                _("choose charges in %(currency)s") % {"currency": site.currency},
            )
        dues.append(_Due(account, offer))
    return dues


def _amount(received: Received, dues: Sequence[_Due]) -> int:
    due = sum(each.offer.money.minor for each in dues)
    amount = due if received.amount is None else received.amount
    if not 0 < amount <= MAX_MINOR:
        raise Rejection(
            "amount",
            "not_positive",
            _("the amount must be more than zero"),
            _("enter the amount you received"),
        )
    return amount


def _split(dues: Sequence[_Due], amount: int) -> list[tuple[_Due, int]]:
    """Spread the amount over the charges in their order; the last one may be paid in part."""
    parts = []
    for due in dues:
        part = min(amount, due.offer.money.minor)
        amount -= part
        if part:
            parts.append((due, part))
    return parts


def _require_whole(site: Site, parts: Sequence[tuple[_Due, int]]) -> None:
    """Reject a part payment of a charge where the site accepts none."""
    in_part = any(part < due.offer.money.minor for due, part in parts)
    if in_part and not settings_of(site).allows_part_payment:
        raise Rejection(
            "amount",
            "part_payment",
            _("this site does not accept part payments"),
            _("choose fewer charges, or enter an amount that pays them in full"),
        )


def _detail(site: Site, received: Received) -> OfflineDetail:
    dated_on = received.dated_on or clock.local(clock.now(), site.timezone).date()
    return OfflineDetail(reference=" ".join(received.reference.split()), dated_on=dated_on)


def _require_valid(site: Site, method: str, detail: OfflineDetail, money: Money) -> None:
    """Validate how money was received at the desk, and that it was not recorded before."""
    if method not in OfflineMethod.values:
        raise Rejection("method", "unknown", _("choose a method"), _("choose one of the list"))
    if method != OfflineMethod.CASH and not detail.reference:
        raise Rejection(
            "reference",
            "missing",
            _("the reference is missing"),
            _("enter the number of the slip, the transfer or the cheque"),
        )
    if detail.dated_on > clock.local(clock.now(), site.timezone).date():
        raise Rejection(
            "dated_on", "in_future", _("this day is in the future"), _("enter the date on it")
        )
    _require_new(site, method, detail, money)


def _require_new(site: Site, method: str, detail: OfflineDetail, money: Money) -> None:
    """Reject a second payment with the same reference, date and amount."""
    if not detail.reference:
        return
    same = Payment.objects.filter(
        site=site,
        method=method,
        amount=money.minor,
        state=Payment.State.PAID,
        offline_detail__reference=detail.reference,
        offline_detail__dated_on=detail.dated_on,
    )
    found = same.first()
    if found is not None:
        raise Rejection(
            "reference",
            "already_recorded",
            _("a payment of this reference, date and amount was recorded as receipt %(number)s")
            % {"number": found.receipt_no},
            _("check whether it is the same one; if not, add to the reference"),
            params={"number": found.receipt_no},
        )


def _create(
    site: Site, actor: User, payer: Party, method: str, money: Money, at: datetime, key: str
) -> tuple[Payment, bool]:
    return Payment.objects.get_or_create(
        site=site,
        public_id=key or public_id(),
        defaults={
            "provider": Payment.Provider.OFFLINE,
            "method": method,
            "payer_type": payer[0],
            "payer_id": payer[1],
            "amount": money.minor,
            "currency": money.currency,
            "created_at": at,
            "taken_by": actor.get_username(),
            "taken_by_name": actor.get_full_name(),
        },
    )


def _record(payment: Payment, actor: User, payer: Party) -> None:
    audit.record(
        payment.site,
        actor,
        "take payment",
        payer,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        payment=payment.public_id,
    )
