"""Which charge of a cause the money of a payment counts towards.

All charges of a cause (its revisions) are paid as one: money counts towards the draft while there
is one, otherwise towards the open charges, oldest first. The caller holds the cause's lock.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from billing.models import Allocation, Charge, Payment

State = Charge.State


class CauseAccount:
    """The charges of one cause with what is allocated to each of them."""

    def __init__(self, charges: Sequence[Charge], at: datetime) -> None:
        self.charges = list(charges)
        self._at = at
        self._allocated: Counter[tuple[int, int]] = Counter()
        rows = Allocation.objects.filter(charge__in=self.charges)
        for charge, payment, amount in rows.values_list("charge", "payment").annotate(
            sum=Sum("amount")
        ):
            self._allocated[charge, payment] = int(amount)

    @property
    def total(self) -> int:
        """What the posted charges amount to."""
        return sum(each.amount for each in self.charges if each.state in Charge.POSTED)

    @property
    def paid(self) -> int:
        """What is allocated to all charges, the draft included."""
        return self._allocated.total()

    def paid_for(self, charge: Charge) -> int:
        """Return what is allocated to one charge."""
        return sum(amount for (pk, _), amount in self._allocated.items() if pk == charge.pk)

    def allocate(self, payment: Payment, amount: int) -> None:
        """Allocate money of the payment to the posted charges that lack some, oldest first."""
        for charge in self.charges:
            if charge.state in Charge.POSTED:
                part = min(amount, max(0, charge.amount - self.paid_for(charge)))
                self._add(charge, payment.pk, part)
                amount -= part

    def hold(self, draft: Charge, payment: Payment, amount: int) -> None:
        """Hold money of the payment for the draft."""
        self._add(draft, payment.pk, amount)

    def fits(self, opened: Charge) -> bool:
        """Whether the allocations are within the amount of a charge that was just opened."""
        return self.paid_for(opened) <= max(0, opened.amount) and self.paid <= self.total

    def fit(self, opened: Charge, payments: Sequence[Payment]) -> dict[Payment, int]:
        """Bring the allocations within the amount of a charge that was just opened.

        Money held beyond its amount pays what the earlier charges lack; the rest is released. A
        negative amount releases money of the earlier charges, too.

        Args:
            opened: the charge, with its final amount.
            payments: all payments that have allocations here, the newest first: it is released
                first.

        Returns:
            What was released of each payment.
        """
        before = {payment: self._paid_by(payment) for payment in payments}
        for payment in payments:
            self._withdraw_surplus(opened, payment)
        for payment in payments:
            excess = max(0, self.paid - self.total)
            self._add(opened, payment.pk, -min(excess, self._paid_by(payment)))
        return {
            payment: amount - self._paid_by(payment)
            for payment, amount in before.items()
            if amount > self._paid_by(payment)
        }

    def _withdraw_surplus(self, opened: Charge, payment: Payment) -> None:
        """Take what exceeds the charge's amount off it, and pay earlier charges with it."""
        surplus = max(0, self.paid_for(opened) - max(0, opened.amount))
        part = min(surplus, self._allocated[opened.pk, payment.pk])
        if part > 0:
            self._add(opened, payment.pk, -part)
            self.allocate(payment, min(part, max(0, self.total - self.paid)))

    def _paid_by(self, payment: Payment) -> int:
        return sum(amount for (_, pk), amount in self._allocated.items() if pk == payment.pk)

    def _add(self, charge: Charge, payment_id: int, amount: int) -> None:
        if amount:
            Allocation.objects.create(
                payment_id=payment_id, charge=charge, amount=amount, created_at=self._at
            )
            self._allocated[charge.pk, payment_id] += amount
