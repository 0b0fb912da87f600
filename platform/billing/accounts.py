"""What a payer owes and has paid: charges, bills, payments, credit and deposits."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from billing.bill_details import titles_of
from billing.deposit_reads import deposits_held, deposits_of
from billing.explanations import title_of
from billing.ledger import Party
from billing.models import BillLine, Charge, Deposit, Payment
from billing.outstanding import (
    Owed,
    billed,
    bills_of,
    credit_balance,
    open_charges_of,
    owed_by,
)
from billing.penalties import PenaltyDue, accrued_penalties, total_of
from billing.reductions import Reduction, reductions_for
from billing.services.charging import Cause, any_of
from core.models import Site
from core.money import Money

# What a page shows; the lists have them all.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class OwedLine:
    """What is to be paid of one cause, with the bill that it is on."""

    charge: Charge
    title: str
    money: Money
    line: BillLine | None


@dataclass(frozen=True, slots=True)
class PayerAccount:
    """The account of a payer at a site.

    Attributes:
        lines: what is to be paid, the earliest due first.
        accrued: late fees that have accrued until today and are not posted.
        owed: the sum of both.
        reductions: what was taken off late fees lately, such as waivers, with their titles.
        credit: what was paid ahead.
        held: what is held of deposits.
        bills, payments: the latest ones.
    """

    lines: list[OwedLine]
    accrued: list[PenaltyDue]
    owed: Money
    reductions: list[tuple[str, Reduction]]
    credit: Money
    held: Money
    bills: list[Any]
    payments: list[Payment]
    deposits: list[Deposit]


def account_of_payer(site: Site, payer: Party) -> PayerAccount:
    """Return the account of a payer, in the site's currency."""
    owed = [each for each in owed_by(site, payer) if each.money.currency == site.currency]
    accrued = accrued_penalties([each.charge for each in owed])
    posted = Money(sum(each.money.minor for each in owed), site.currency)
    return PayerAccount(
        lines=_lines(owed),
        accrued=accrued,
        owed=posted + total_of(accrued, site.currency),
        reductions=_reductions(site, payer),
        credit=credit_balance(site, payer),
        held=deposits_held(site, payer),
        bills=list(bills_of(site, payer)[:_SHOWN]),
        payments=list(payments_of(site, payer)[:_SHOWN]),
        deposits=list(deposits_of(site, payer)[:_SHOWN]),
    )


def payments_of(site: Site, payer: Party) -> QuerySet[Payment]:
    """Return the payments that a payer has made, the newest first."""
    rows = Payment.objects.filter(site=site, payer_type=payer[0], payer_id=payer[1])
    return rows.filter(state=Payment.State.PAID).order_by("-created_at", "-pk")


def unbilled_charges(site: Site, payer: Party) -> list[tuple[Charge, str, Money]]:
    """Return a payer's open charges that are on no bill, with their titles and what they cost now.

    A late fee costs less after a waiver.
    """
    rows = list(open_charges_of(site, payer).filter(~billed(), bill_line=None, amount__gt=0))
    posted = Charge.objects.filter(any_of(map(Cause.of, rows)), state__in=Charge.POSTED)
    names = ("source_type", "source_id", "period")
    sums = posted.order_by().values_list(*names).annotate(sum=Sum("amount"))
    costs = {Cause(*key): int(amount) for *key, amount in sums}
    return [(each, title_of(each), Money(costs[Cause.of(each)], each.currency)) for each in rows]


def _reductions(site: Site, payer: Party) -> list[tuple[str, Reduction]]:
    found = reductions_for(site, payer, _SHOWN)
    titles = titles_of(each.charge for each in found)
    return [(titles[each.charge.pk], each) for each in found]


def _lines(owed: list[Owed]) -> list[OwedLine]:
    keys = [each.charge.pk for each in owed]
    rows = BillLine.objects.filter(charge__in=keys).select_related("bill")
    lines = {each.charge_id: each for each in rows}
    titles = titles_of(each.charge for each in owed)
    return [
        OwedLine(each.charge, titles[each.charge.pk], each.money, lines.get(each.charge.pk))
        for each in owed
    ]
