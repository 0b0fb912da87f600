"""Lower the late fees of fees that were credited since, or paid earlier than was known.

All late fees of a fee come to what accrues on what it costs now, at most, until the money for it
was received: a bank transfer may be matched days later. What was paid of the difference becomes
credit of its payer.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast

from billing.models import Allocation, Charge
from billing.services.charging import Cause, account_of, adjust_charge, lock_causes
from core import clock
from core.models import Site
from fees.charge_sources import CREDITED, KINDS, LATE_FEE
from fees.debts import Debt, load_debts, rules_of
from fees.overdue import LOOK_BACK


def lower_late_fees(site: Site) -> int:
    """Lower late fees of fees that were credited or matched lately; return how many were."""
    rules = rules_of(site)
    charges = _changed(site) if rules else []
    return sum(_lower(site, debt) for debt in load_debts(site, charges, rules) if debt.posted)


def _changed(site: Site) -> list[Charge]:
    """Return the fees that had a late fee and were credited or paid by bank transfer lately."""
    since = clock.now() - LOOK_BACK
    own = Charge.objects.filter(site=site, source_type__in=KINDS.values())
    lowered = own.filter(revision__gt=0, amount__lt=0, opened_at__gt=since)
    matched = Allocation.objects.filter(
        created_at__gt=since, charge__site=site, payment__bank_line__isnull=False
    )
    late = Charge.objects.filter(
        source_type=LATE_FEE, source_id=Cast(OuterRef("pk"), CharField()), revision=0
    )
    changed = Q(source_id__in=lowered.values("source_id")) | Q(pk__in=matched.values("charge"))
    return list(own.filter(Exists(late), changed, revision=0).order_by("pk"))


@transaction.atomic
def _lower(site: Site, debt: Debt) -> int:
    fees = list(Charge.objects.filter(source_type=LATE_FEE, source_id=str(debt.charge.pk)))
    causes = list(dict.fromkeys(Cause.of(fee) for fee in sorted(fees, key=lambda each: -each.pk)))
    lock_causes(causes)
    totals = {cause: account_of(cause, clock.now()).total for cause in causes}
    excess = sum(totals.values()) - debt.accrued(_end_of(fees))
    lowered = 0
    for cause, total in totals.items():
        cut = min(max(0, excess), total)
        if cut:
            lines = [{"kind": CREDITED, "amount": -cut}]
            adjust_charge(site, cause, debt.charge.currency, total - cut, lines=lines)
            excess, lowered = excess - cut, lowered + 1
    return lowered


def _end_of(fees: Sequence[Charge]) -> date:
    """Return until when late fees were posted: the first day that does not count."""
    days = [line["until"] for fee in fees for line in fee.lines if "until" in line]
    return date.fromisoformat(max(days)) + timedelta(days=1) if days else date.min
