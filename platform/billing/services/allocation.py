"""Which charge of a cause the money of a payment counts towards.

All charges of a cause (its revisions) are paid as one: money counts towards the draft while there
is one, otherwise towards the open charges, oldest first. The caller holds the cause's lock.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.models import Allocation, Charge, Payment, PaymentItem

State = Charge.State


@dataclass(frozen=True, slots=True)
class Received:
    """Money of one payment that counts towards a cause.

    Attributes:
        amount: in minor units.
        paid_at: the provider's time of payment.
        quoted_at: when the amount was worked out. An offer that had expired when it was paid
            counts from the payment.
    """

    amount: int
    paid_at: datetime
    quoted_at: datetime


class CauseAccount:
    """The charges of one cause with what is allocated to each of them.

    Args:
        charges: all revisions, the first one first.
        items: what payments are for these charges, each with its payment and, as ``allocated``,
            the payment's allocations to these charges.
        at: when further allocations are made.
    """

    def __init__(
        self, charges: Sequence[Charge], items: Sequence[PaymentItem], at: datetime
    ) -> None:
        self.charges, self.items = list(charges), list(items)
        self._at = at
        self._allocated: Counter[tuple[int, int]] = Counter()
        # A payment with items for two revisions comes twice, with the same allocations.
        for payment_id, rows in {item.payment_id: item.allocated for item in self.items}.items():
            for charge_id, amount in rows:
                self._allocated[charge_id, payment_id] += amount
        for charge in self.charges:
            charge.received = self.received

    @property
    def received(self) -> list[Received]:
        """The money that counts towards the cause, by time of payment."""
        return self.received_with({})

    def received_with(self, unused: Mapping[Payment, int]) -> list[Received]:
        """Return the money that counts towards the cause if unused money of its payments does."""
        by_payment = {item.payment_id: item for item in self.items}
        found = [
            Received(amount, paid_at, _quoted_at(item, paid_at))
            for pk, item in by_payment.items()
            if (paid_at := item.payment.paid_at)
            and (amount := self._paid_by(pk) + unused.get(item.payment, 0))
        ]
        return sorted(found, key=lambda each: each.paid_at)

    @property
    def payments(self) -> list[Payment]:
        """The paid payments of the cause, the newest first."""
        paid = {item.payment for item in self.items if item.payment.paid_at}
        return sorted(paid, key=lambda each: (each.paid_at, each.pk), reverse=True)

    @property
    def under_way(self) -> list[Payment]:
        """The online payments of the cause that may still be paid: one at most."""
        return [item.payment for item in self.items if item.is_under_way]

    @property
    def total(self) -> int:
        """What the posted charges amount to."""
        return sum(each.amount for each in self.charges if each.state in Charge.POSTED)

    @property
    def vat(self) -> int:
        """The VAT in what the posted charges amount to."""
        return sum(each.vat_amount for each in self.charges if each.state in Charge.POSTED)

    @property
    def paid(self) -> int:
        """What is allocated to all charges, the draft included."""
        return self._allocated.total()

    def paid_for(self, charge: Charge) -> int:
        """Return what is allocated to one charge."""
        return sum(amount for (pk, _), amount in self._allocated.items() if pk == charge.pk)

    def allocate(self, payment: Payment, amount: int) -> None:
        """Allocate money of the payment to the posted charges that lack some, oldest first.

        Open ones come before settled ones, which lack money where they were credited unpaid.
        """
        for charge in sorted(self.charges, key=lambda each: each.state != State.OPEN):
            if charge.state in Charge.POSTED:
                part = min(amount, max(0, charge.amount - self.paid_for(charge)))
                self._add(charge, payment.pk, part)
                amount -= part

    def hold(self, draft: Charge, payment: Payment, amount: int) -> None:
        """Hold money of the payment for the draft."""
        self._add(draft, payment.pk, amount)

    def withdraw(self, payment: Payment) -> int:
        """Take the payment's money off all charges; return how much that is."""
        taken = self._paid_by(payment.pk)
        for charge in self.charges:
            self._add(charge, payment.pk, -self._allocated[charge.pk, payment.pk])
        return taken

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
        before = {payment: self._paid_by(payment.pk) for payment in payments}
        for payment in payments:
            self._withdraw_surplus(opened, payment)
        for payment in payments:
            excess = max(0, self.paid - self.total)
            self._add(opened, payment.pk, -min(excess, self._paid_by(payment.pk)))
        return {
            payment: amount - self._paid_by(payment.pk)
            for payment, amount in before.items()
            if amount > self._paid_by(payment.pk)
        }

    def _withdraw_surplus(self, opened: Charge, payment: Payment) -> None:
        """Take what exceeds the charge's amount off it, and pay earlier charges with it."""
        surplus = max(0, self.paid_for(opened) - max(0, opened.amount))
        part = min(surplus, self._allocated[opened.pk, payment.pk])
        if part > 0:
            self._add(opened, payment.pk, -part)
            self.allocate(payment, min(part, max(0, self.total - self.paid)))

    def _paid_by(self, payment_id: int) -> int:
        return sum(amount for (_, pk), amount in self._allocated.items() if pk == payment_id)

    def _add(self, charge: Charge, payment_id: int, amount: int) -> None:
        if amount:
            Allocation.objects.create(
                payment_id=payment_id, charge=charge, amount=amount, created_at=self._at
            )
            self._allocated[charge.pk, payment_id] += amount


def _quoted_at(item: PaymentItem, paid_at: datetime) -> datetime:
    if item.offered_at is None or (item.expires_at is not None and paid_at > item.expires_at):
        return paid_at
    return item.offered_at
