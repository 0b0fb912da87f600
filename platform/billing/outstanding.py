"""Reads of what payers owe: open charges, bills with their state, and payers' credit."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import Http404

from billing.ledger import Party
from billing.models import (
    Allocation,
    Bill,
    BillLine,
    Charge,
    CreditNote,
    Payment,
    WriteOff,
    WriteOffLine,
)
from core.models import Site
from core.money import Money


def open_charges_of(site: Site, payer: Party) -> QuerySet[Charge]:
    """Return the payer's charges that are to be paid, by due date."""
    rows = Charge.objects.filter(site=site, payer_type=payer[0], payer_id=payer[1])
    return rows.filter(state=Charge.State.OPEN).select_related("site").order_by("due_at", "pk")


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left to pay of a cause, with its latest charge."""

    charge: Charge
    money: Money


def owed_by(site: Site, payer: Party) -> list[Owed]:
    """Return what a payer owes by cause, the earliest due first; causes paid in full are left out.

    A cause's revisions count together, so that a credit note lowers what its charge owes.
    """
    return _owed(open_charges_of(site, payer))


def owed_of_bill(bill: Bill) -> list[Owed]:
    """Return what is left to pay of each charge of a bill, in the order of its lines.

    A bill that was credited in full owes nothing, also where its causes were billed again.
    """
    if is_credited(bill):
        return []
    causes = bill.lines.values_list(
        "charge__source_type", "charge__source_id", "charge__period"
    ).order_by("position")
    rows = Charge.objects.filter(
        site=bill.site_id, payer_type=bill.payer_type, payer_id=bill.payer_id, state="open"
    )
    order = {cause: place for place, cause in enumerate(causes)}
    rows = rows.filter(source_id__in=[source for _kind, source, _period in order])
    owed = [each for each in _owed(rows.select_related("site")) if _cause(each.charge) in order]
    return sorted(owed, key=lambda each: order[_cause(each.charge)])


def owed_of_causes(charges: Iterable[Charge]) -> list[Owed]:
    """Return what is left to pay of the causes of charges, in their order."""
    order = {_cause(each): place for place, each in enumerate(charges)}
    rows = Charge.objects.filter(
        source_type__in={kind for kind, _source, _period in order},
        source_id__in={source for _kind, source, _period in order},
        state=Charge.State.OPEN,
    )
    owed = [each for each in _owed(rows.select_related("site")) if _cause(each.charge) in order]
    return sorted(owed, key=lambda each: order[_cause(each.charge)])


def is_credited(bill: Bill) -> bool:
    """Return whether a bill's credit notes amount to all of it."""
    credited = bill.credit_notes.aggregate(sum=Sum("amount"))["sum"] or 0
    return bool(credited) and int(credited) >= bill.total


def amount_due(bill: Bill) -> Money:
    """Return what is left to pay of a bill."""
    return Money(sum(each.money.minor for each in owed_of_bill(bill)), bill.currency)


def credits_of(site: Site, payer: Party) -> list[tuple[Payment, int]]:
    """Return the payer's payments that have credit left, with it, the oldest first."""
    rows = Payment.objects.filter(
        site=site, payer_type=payer[0], payer_id=payer[1], allocations__charge__isnull=True
    ).annotate(credit=Sum("allocations__amount"))
    found = rows.filter(credit__gt=0).order_by("paid_at", "pk")
    return [(payment, int(payment.credit)) for payment in found]


def credit_balance(site: Site, payer: Party) -> Money:
    """Return the payer's credit in the site's currency."""
    amounts = [
        minor for payment, minor in credits_of(site, payer) if payment.currency == site.currency
    ]
    return Money(sum(amounts), site.currency)


def payers_with_credit(site: Site, payers: Iterable[Party]) -> set[Party]:
    """Return those of the payers who have credit at the site."""
    keys = set(payers)
    rows = (
        Allocation.objects.filter(
            charge__isnull=True,
            payment__site=site,
            payment__payer_id__any_of={each for _kind, each in keys},
        )
        .values_list("payment__payer_type", "payment__payer_id")
        .annotate(credit=Sum("amount"))
        .filter(credit__gt=0)
    )
    return {(kind, payer) for kind, payer, _credit in rows} & keys


def bills(site: Site) -> QuerySet[Bill]:
    """Return the site's bills with their state, what is owed and what was credited, newest first.

    Each has ``credited``, ``paid``, ``written_off``, ``owed`` in minor units and ``state`` as
    `Bill.State`.
    """
    return with_state(Bill.objects.filter(site=site)).order_by("-issued_on", "-pk")


def with_state(rows: QuerySet[Bill]) -> QuerySet[Bill]:
    """Add to bills what was credited, paid and written off, what is owed, and their state."""
    written_off = WriteOffLine.objects.filter(write_off__state=WriteOff.State.DONE)
    of_bill = BillLine.objects.filter(bill=OuterRef("pk")).annotate(
        cost=_sum_of(Charge.objects.filter(_of_line(""), state__in=Charge.POSTED), "amount"),
        paid=_sum_of(Allocation.objects.filter(_of_line("charge__")), "amount"),
        written_off=_sum_of(written_off.filter(_of_line("revision__")), "amount"),
    )
    credited = _sum_of(CreditNote.objects.filter(bill=OuterRef("pk")), "amount")
    # Causes of a bill that was credited in full may be on another bill, which is paid.
    is_credited = Q(total__gt=0, credited=F("total"))
    rows = rows.annotate(credited=credited).annotate(
        paid=_unless(is_credited, _sum_of(of_bill, "paid")),
        written_off=_unless(is_credited, _sum_of(of_bill, "written_off")),
    )
    # What its causes cost now: also waivers, which are no document of the bill, lower it.
    cost = _unless(is_credited, _sum_of(of_bill, "cost"))
    rows = rows.annotate(owed=cost - F("paid"))
    return rows.annotate(
        state=Case(
            When(is_credited, then=Value(Bill.State.CREDITED)),
            When(owed__lte=0, written_off__gt=0, then=Value(Bill.State.WRITTEN_OFF)),
            When(owed__lte=0, paid__lte=0, total__gt=0, then=Value(Bill.State.CREDITED)),
            When(owed__lte=0, then=Value(Bill.State.SETTLED)),
            When(paid__gt=0, then=Value(Bill.State.PART_PAID)),
            default=Value(Bill.State.ISSUED),
            output_field=CharField(),
        )
    )


def unpaid() -> Exists:
    """Return the condition for bills of which something is to be paid."""
    return Exists(BillLine.objects.filter(bill=OuterRef("pk"), charge__state=Charge.State.OPEN))


def billed() -> Exists:
    """Return the condition for charges whose cause is on a bill that was not credited in full.

    Such a charge may be a later revision, as of a write-off that was reversed: the bill asks for
    it already.
    """
    credited = _sum_of(CreditNote.objects.filter(bill=OuterRef("bill")), "amount")
    lines = BillLine.objects.filter(
        charge__source_type=OuterRef("source_type"),
        charge__source_id=OuterRef("source_id"),
        charge__period=OuterRef("period"),
    )
    return Exists(lines.annotate(credited=credited).filter(credited__lt=F("bill__total")))


def overdue(rows: QuerySet[Bill], day: object) -> QuerySet[Bill]:
    """Return those bills that were due before a day of the site and are not paid."""
    return rows.filter(unpaid(), due_on__lt=day)


def bills_of(site: Site, payer: Party) -> QuerySet[Bill]:
    """Return a payer's bills as `bills` does."""
    return bills(site).filter(payer_type=payer[0], payer_id=payer[1])


def bill_or_404(site: Site, public_id: str) -> Bill:
    """Return the site's bill with that public id, as `bills` does.

    Raises:
        Http404: there is none.
    """
    found = bills(site).filter(public_id=public_id).select_related("site", "unit").first()
    if found is None:
        raise Http404("no such bill")
    return found


def _owed(rows: Iterable[Charge]) -> list[Owed]:
    charges = list(rows)
    paid = dict(
        Allocation.objects.filter(charge__in=charges)
        .values_list("charge")
        .annotate(sum=Sum("amount"))
    )
    owed: Counter[tuple[str, str, str]] = Counter()
    latest: dict[tuple[str, str, str], Charge] = {}
    for charge in charges:
        cause = _cause(charge)
        owed[cause] += charge.amount - int(paid.get(charge.pk, 0))
        kept = latest.setdefault(cause, charge)
        latest[cause] = charge if charge.revision > kept.revision else kept
    return [
        Owed(latest[cause], Money(amount, latest[cause].currency))
        for cause, amount in owed.items()
        if amount > 0
    ]


def _cause(charge: Charge) -> tuple[str, str, str]:
    return charge.source_type, charge.source_id, charge.period


def _of_line(path: str) -> Q:
    """Return the condition for rows about the cause of an outer bill line.

    Args:
        path: to the row's charge, such as ``charge__``.
    """
    names = ("source_type", "source_id", "period")
    return Q(**{f"{path}{name}": OuterRef(f"charge__{name}") for name in names})


def _unless(condition: Q, amount: Coalesce) -> Case:
    """Return an amount, or 0 where the condition holds."""
    zero = When(condition, then=Value(0))
    return Case(zero, default=amount, output_field=BigIntegerField())


def _sum_of(rows: QuerySet, name: str) -> Coalesce:
    """Return the sum of a column over the rows of a correlated subquery, 0 without any."""
    grouped = rows.order_by().values(one=Value(1)).annotate(sum=Sum(name)).values("sum")
    return Coalesce(Subquery(grouped, output_field=BigIntegerField()), Value(0))
