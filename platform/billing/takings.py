"""A day's money: what is due, what was taken, and which share of the charges is collected."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from billing.models import Allocation, Charge, Payment
from core import clock
from core.models import Site
from core.money import Money


@dataclass(frozen=True, slots=True)
class Takings:
    """The money of a site in its own currency.

    Attributes:
        due: what open charges still owe.
        taken: what was paid today.
        charged: what became payable today.
        collected: the paid part of it.
    """

    due: Money
    taken: Money
    charged: Money
    collected: Money

    @property
    def share(self) -> float | None:
        """The collected share of today's charges; None while there are none."""
        return self.collected.minor / self.charged.minor if self.charged.minor > 0 else None


def takings_today(site: Site, at: datetime | None = None) -> Takings:
    """Return what is due now, and what was charged, collected and taken since local midnight."""
    now = at or clock.now()
    midnight = clock.midnight(clock.local(now, site.timezone).date(), site.timezone)
    posted = Charge.objects.filter(site=site, currency=site.currency, state__in=Charge.POSTED)
    today = posted.filter(opened_at__gte=midnight)
    payments = Payment.objects.filter(site=site, currency=site.currency, state=Payment.State.PAID)
    return Takings(
        due=Money(_unpaid(posted.filter(state=Charge.State.OPEN)), site.currency),
        taken=Money(_sum(payments.filter(paid_at__gte=midnight)), site.currency),
        charged=Money(_sum(today), site.currency),
        collected=Money(_sum(today) - _unpaid(today), site.currency),
    )


def _unpaid(charges: QuerySet[Charge]) -> int:
    """Return what these charges owe: their amounts less the money allocated to them."""
    return _sum(charges) - _sum(Allocation.objects.filter(charge__in=charges))


def _sum(rows: QuerySet[Charge] | QuerySet[Payment] | QuerySet[Allocation]) -> int:
    return int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)
