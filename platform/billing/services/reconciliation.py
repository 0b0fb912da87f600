"""A provider's balance against the ledger: fees and payouts are booked, differences recorded.

Nothing is mended: what the ledger and the provider do not agree on is a row that a person decides
about. Every step is keyed by the provider's id, so that a repeated run changes nothing.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from billing import ledger, ports
from billing.ledger import Line
from billing.methods import HELD_ON
from billing.models import (
    Account,
    BalanceTransaction,
    LedgerEntry,
    LedgerLine,
    Payment,
    ProviderAccount,
    ReconciliationDifference,
)
from billing.provider_accounts import payments_at
from billing.provider_messages import ReportedTransaction
from core import audit, clock, validation
from core.errors import Rejection
from core.models import Site, User
from core.money import Money

Kind = BalanceTransaction.Kind
Difference = ReconciliationDifference
# Each run looks back so far; what it has seen before is skipped.
LOOK_BACK = timedelta(days=7)
# A provider may report a payment so much later than it was made.
REPORTED_WITHIN = timedelta(days=1)
# How long an account that was replaced is still compared.
KEPT_WATCHED = timedelta(days=180)


def reconcile_account(provider: str, account: ProviderAccount | None) -> int:
    """Compare what a provider reports of an account with the ledger.

    Args:
        account: None for that of the environment.

    Returns:
        How many movements were new.

    Raises:
        ProviderUnreachableError: no answer arrived.
        ProviderRefusedError: the key may not read the balance.
    """
    found = ports.provider(provider, account)
    if found is None:
        return 0
    until = clock.now()
    since = _seen_until(provider, account, until - LOOK_BACK)
    reported = found.transactions(since, until)
    new = sum(_process(provider, account, each) for each in reported)
    for each in reported:
        if each.kind == Kind.PAYOUT:
            contents = found.transactions_of_payout(each.source)
            new += sum(_process(provider, account, part) for part in contents)
            _book_payout(provider, account, each, contents)
    _find_missing_there(provider, account, since, until - REPORTED_WITHIN)
    return new


@transaction.atomic
def decide_difference(difference: Difference, actor: User, *, reason: str) -> Difference:
    """Record what was decided about a difference; the caller has checked the permission.

    Raises:
        Rejection: no reason is given, or it was decided before.
    """
    validation.require_reason(reason, _("enter what the difference is explained by"))
    locked = Difference.objects.select_for_update(of=("self",)).select_related("site")
    found = locked.get(pk=difference.pk)
    if found.decided_at is not None:
        raise Rejection("reason", "decided", _("it was decided before"), _("open the page again"))
    found.decided_at, found.decided_by, found.reason = clock.now(), actor, reason
    found.save(update_fields=["decided_at", "decided_by", "reason"])
    audit.record(found.site, actor, "decide difference", ("difference", found.pk), reason=reason)
    return found


def _seen_until(provider: str, account: ProviderAccount | None, latest: datetime) -> datetime:
    """Return from when on to look: a week ago, or before a downtime that was longer."""
    seen = BalanceTransaction.objects.filter(provider=provider, account=account)
    last = seen.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    return min(latest, last - REPORTED_WITHIN) if last else latest


@transaction.atomic
def _process(provider: str, account: ProviderAccount | None, reported: ReportedTransaction) -> bool:
    """Store a movement and compare it; False where it was seen before, or is not ours."""
    is_about_payment = reported.kind in (Kind.PAYMENT, Kind.REFUND, Kind.DISPUTE)
    if reported.kind == Kind.PAYOUT or (is_about_payment and not reported.payment):
        return False  # an account may collect for other shops, too
    payment = payments_at(provider, account).filter(public_id=reported.payment).first()
    row, is_new = BalanceTransaction.objects.get_or_create(
        provider=provider,
        account=account,
        reference=reported.reference,
        defaults={
            "kind": reported.kind,
            "source": reported.source,
            "payment": payment,
            "amount": reported.settled.minor,
            "fee": reported.fee.minor,
            "currency": reported.settled.currency,
            "occurred_at": reported.at,
        },
    )
    if is_new:
        _compare(row, reported)
        _book_fee(row)
    return is_new


def _compare(row: BalanceTransaction, reported: ReportedTransaction) -> None:
    booked = _booked(row)
    if booked is None:
        _record(row, reported, Difference.Kind.MISSING_HERE, None)
    elif (booked, booked.currency) != (reported.money, row.currency):
        _record(row, reported, Difference.Kind.DIFFERENT, booked)
    else:
        _close_missing_there(row)


def _booked(row: BalanceTransaction) -> Money | None:
    """Return what the ledger has for a movement; None for nothing."""
    payment = row.payment
    if payment is None:
        return None
    if row.kind == Kind.PAYMENT:
        return _held(payment)
    sign = 1 if row.amount > 0 else -1
    if row.kind == Kind.REFUND:
        refund = payment.refunds.filter(provider_ref=row.source).first()
        if refund is None or not LedgerEntry.objects.filter(reference=refund.reference).exists():
            return None
        return Money(sign * refund.amount, refund.currency)
    dispute = payment.disputes.filter(provider_ref=row.source).first()
    return Money(sign * dispute.amount, dispute.currency) if dispute else None


def _held(payment: Payment) -> Money | None:
    """Return what was booked as collected by a payment."""
    lines = LedgerLine.objects.filter(
        entry__reference=payment.reference, account__code=HELD_ON[payment.provider]
    )
    sums = lines.values("account__currency").annotate(sum=Sum("amount"))
    row = sums.order_by("account__currency").first()
    return Money(int(row["sum"]), row["account__currency"]) if row else None


def _record(
    row: BalanceTransaction, reported: ReportedTransaction, kind: str, booked: Money | None
) -> None:
    Difference.objects.create(
        site=row.payment.site if row.payment else _site_of(row, reported.site),
        provider=row.provider,
        kind=kind,
        about=row.kind,
        transaction=row,
        payment=row.payment,
        booked=booked.minor if booked else None,
        booked_currency=booked.currency if booked else "",
        reported=reported.settled.minor,
        reported_currency=reported.settled.currency,
        found_at=clock.now(),
    )


def accounts_of(site: Site, provider: str) -> list[ProviderAccount | None]:
    """Return the accounts that the site's nightly run compares: each one is of one site's run."""
    recently = clock.now() - KEPT_WATCHED
    rows = ProviderAccount.objects.filter(provider=provider).order_by("pk")
    watched = rows.filter(Q(retired_at=None) | Q(retired_at__gte=recently))
    found: list[ProviderAccount | None] = [*watched]
    if provider in ports.PROVIDERS:
        found.append(None)
    return [each for each in found if home_site(each) == site]


def home_site(account: ProviderAccount | None) -> Site | None:
    """Return the site that looks after what an account has for no site in particular."""
    return _sites_of(account).order_by("pk").first()


def _sites_of(account: ProviderAccount | None) -> QuerySet[Site]:
    organisation = account.organisation_id if account else None
    return Site.objects.filter(organisation=organisation) if organisation else Site.objects.all()


def _site_of(row: BalanceTransaction, slug: str) -> Site:
    sites = _sites_of(row.account)
    return sites.filter(slug=slug).first() or sites.order_by("pk")[0]


def _book_fee(row: BalanceTransaction) -> None:
    """Book what the provider kept of a payment of ours, from the balance to the fees."""
    if not row.fee or row.payment is None:
        return
    fee = Money(row.fee, row.currency)
    lines = [
        Line(Account.Code.PROVIDER_FEES, fee),
        Line(HELD_ON[row.provider], -fee),
    ]
    memo = f"fee of payment {row.payment.public_id}"
    ledger.book(row.payment.site, f"fee:{row.reference}"[:80], memo, lines, at=row.occurred_at)


@transaction.atomic
def _book_payout(
    provider: str,
    account: ProviderAccount | None,
    reported: ReportedTransaction,
    contents: list[ReportedTransaction],
) -> None:
    """Book a payout as money at the bank, for each site what its own payments contributed."""
    if reported.settled.minor > 0:
        _reverse_payout(reported)
        return
    names = [each.reference for each in contents]
    own = BalanceTransaction.objects.filter(
        provider=provider, account=account, reference__in=names, payment__isnull=False
    )
    parts: dict[Site, int] = defaultdict(int)
    for row in own.select_related("payment__site"):
        if row.payment and row.currency == reported.settled.currency:
            parts[row.payment.site] += row.net
    only = list(_sites_of(account)[:2])
    if not contents and len(only) == 1:
        parts[only[0]] = -reported.settled.minor
    for site, amount in parts.items():
        _move_to_bank(site, provider, reported, amount, "payout")
    if not parts:
        _record_payout(provider, account, reported)


def _move_to_bank(
    site: Site, provider: str, reported: ReportedTransaction, amount: int, kind: str
) -> None:
    money = Money(amount, reported.settled.currency)
    if not money:
        return
    lines = [Line(Account.Code.BANK, money), Line(HELD_ON[provider], -money)]
    reference = f"{kind}:{reported.source}:{site.pk}"[:80]
    ledger.book(site, reference, f"{kind} {reported.source}", lines, at=reported.at)


def _reverse_payout(reported: ReportedTransaction) -> None:
    """Book a payout that the bank returned back to the provider's balance."""
    for entry in LedgerEntry.objects.filter(reference__startswith=f"payout:{reported.source}:"):
        lines = [
            Line(line.account.code, Money(-line.amount, line.account.currency))
            for line in entry.lines.select_related("account")
        ]
        reference = f"payout-failed:{reported.source}:{entry.site_id}"[:80]
        ledger.book(entry.site, reference, f"{entry.reference} returned", lines, at=reported.at)


def _record_payout(
    provider: str, account: ProviderAccount | None, reported: ReportedTransaction
) -> None:
    row, is_new = BalanceTransaction.objects.get_or_create(
        provider=provider,
        account=account,
        reference=reported.reference,
        defaults={
            "kind": Kind.PAYOUT,
            "source": reported.source,
            "amount": reported.settled.minor,
            "currency": reported.settled.currency,
            "occurred_at": reported.at,
        },
    )
    if is_new:
        _record(row, reported, Difference.Kind.MISSING_HERE, None)


def _find_missing_there(
    provider: str, account: ProviderAccount | None, since: datetime, until: datetime
) -> None:
    """Record the payments that were booked here and that the provider does not report."""
    reported = BalanceTransaction.objects.filter(payment=OuterRef("pk"), kind=Kind.PAYMENT)
    known = Difference.objects.filter(payment=OuterRef("pk"), transaction=None)
    paid = Payment.objects.filter(
        provider=provider,
        account=account,
        paid_at__gte=since + REPORTED_WITHIN,
        paid_at__lt=until,
    )
    for payment in paid.exclude(Exists(reported)).exclude(Exists(known)).select_related("site"):
        Difference.objects.get_or_create(
            kind=Difference.Kind.MISSING_THERE,
            payment=payment,
            transaction=None,
            defaults={
                "site": payment.site,
                "provider": provider,
                "about": Kind.PAYMENT,
                "booked": payment.amount,
                "booked_currency": payment.currency,
                "found_at": clock.now(),
            },
        )


def _close_missing_there(row: BalanceTransaction) -> None:
    """Close the difference of a payment that the provider reports late."""
    late = Difference.objects.filter(
        kind=Difference.Kind.MISSING_THERE, payment=row.payment, decided_at=None
    )
    if row.kind == Kind.PAYMENT:
        late.update(decided_at=clock.now(), reason=row.reference)
