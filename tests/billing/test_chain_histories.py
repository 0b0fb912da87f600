"""Random histories of bills, payments, credit, corrections and deposits: the books agree."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ledger import Party
from billing.models import (
    Bill,
    BillingSettings,
    Charge,
    Deposit,
    Payment,
    WriteOff,
)
from billing.services import (
    CorrectedLine,
    apply_credit,
    approve_refund,
    approve_write_off,
    cancel_write_off,
    credit_bill,
    rebill,
    request_credit_refund,
    request_refund,
    require_deposit,
    reverse_write_off,
    settle_deposit,
    undo_bills,
    write_off_bill,
)
from core.errors import Rejection
from core.models import Site, User
from tests.billing.chain_laws import PAYERS, check
from tests.billing.club_fees import bill_of, charges_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


class Chain:
    """Two payers of a site, and staff who bill them and take their money."""

    def __init__(self, site: Site, actor: User, other: User) -> None:
        self.site, self.actor, self.other = site, actor, other

    def bill(self, payer: Party, amount: int) -> None:
        """A bill of one or two lines, the first with VAT."""
        name = f"{Bill.objects.count()}"
        charges = [club_charge(f"{name}a", amount, amount // 10)]
        charges += [club_charge(f"{name}b", amount // 2)] if amount % 3 == 0 else []
        bill_of(self.site, *charges, payer=payer)

    def pay_bill(self, payer: Party, amount: int) -> None:
        """Money for any bill, at times of another payer or of one who is not known."""
        bill = self._bill(amount)
        who = {0: None, 1: PAYERS[0]}.get(amount % 4, payer)
        pay(self.site, amount, *(charges_of(bill)[:1] if bill else ()), payer=who)

    def pay_on_account(self, payer: Party, amount: int) -> None:
        pay(self.site, amount, payer=payer)

    def use_credit(self, payer: Party, _amount: int) -> None:
        apply_credit(self.site, payer)

    def credit(self, _payer: Party, amount: int) -> None:
        """A credit note of a part of a line, or of all that is left."""
        bill = self._bill(amount)
        if bill is not None:
            line = bill.lines.order_by("position")[0]
            part = {line.pk: amount // 2} if amount % 2 else None
            credit_bill(bill, self.actor, reason="wrong area", amounts=part)

    def undo(self, _payer: Party, amount: int) -> None:
        bill = self._bill(amount)
        if bill is not None:
            undo_bills(self.site, [bill], self.actor, reason="wrong price")

    def rebill(self, _payer: Party, amount: int) -> None:
        """A bill again with another amount of its first line, or none of it."""
        bill = self._bill(amount)
        if bill is not None:
            first = bill.lines.order_by("position")[0]
            corrected = {first.pk: CorrectedLine(amount % 7 and amount * 2 // 3, [])}
            due_on = date(2026, 12, 31)
            rebill(bill, self.actor, corrected, reason="wrong area", due_on=due_on)

    def write_off(self, _payer: Party, amount: int) -> None:
        """A write-off, which another person approves above the limit of 30."""
        bill = self._bill(amount)
        if bill is not None:
            request = write_off_bill(bill, self.actor, reason="bankrupt")
            if request.state == WriteOff.State.REQUESTED and amount % 3:
                (approve_write_off if amount % 3 == 1 else cancel_write_off)(request, self.other)

    def reverse(self, _payer: Party, _amount: int) -> None:
        request = WriteOff.objects.filter(state=WriteOff.State.DONE).order_by("pk").first()
        if request is not None:
            reverse_write_off(request, self.actor, reason="heirs pay")

    def refund(self, payer: Party, amount: int) -> None:
        for refund in request_credit_refund(
            self.site, payer, self.actor, amount=amount, reason="moved out"
        ):
            if amount % 2:
                approve_refund(refund, self.other)

    def refund_payment(self, _payer: Party, amount: int) -> None:
        """A refund of what is due of an anonymous payment."""
        payment = Payment.objects.filter(payer_type=None, state="paid").order_by("pk").first()
        if payment is not None:
            refund = request_refund(payment, self.actor, amount=amount // 2, reason="paid twice")
            approve_refund(refund, self.other)

    def deposit(self, payer: Party, amount: int) -> None:
        deposit = require_deposit(self.site, payer, amount, purpose="renovation")
        if amount % 2:
            charge = Charge.objects.get(source_id=deposit.public_id)
            pay(self.site, amount - amount % 5, charge, payer=payer)

    def settle(self, _payer: Party, amount: int) -> None:
        deposit = Deposit.objects.filter(settlement=None).order_by("pk").first()
        if deposit is not None:
            settle_deposit(deposit, self.actor, kept=amount // 4, reason="scratches")

    def _bill(self, amount: int) -> Bill | None:
        found = Bill.objects.order_by("pk")
        count = found.count()
        return found[amount % count] if count else None


STEPS: dict[str, Callable[[Chain, Party, int], None]] = {
    name: getattr(Chain, name)
    for name in (
        *("bill", "pay_bill", "pay_on_account", "use_credit", "credit", "undo"),
        "rebill",
        *("write_off", "reverse", "refund", "refund_payment", "deposit", "settle"),
    )
}
steps = st.lists(
    st.tuples(
        st.sampled_from([*STEPS, "bill", "bill", "pay_bill", "pay_bill"]),
        st.sampled_from(PAYERS),
        st.integers(5, 60),
    ),
    min_size=5,
    max_size=14,
)


@pytest.fixture
def chain(db: None) -> Chain:
    register()
    site = SiteFactory()
    BillingSettings.objects.create(site=site, waiver_limit=30, refund_limit=1000)
    return Chain(site, UserFactory(), UserFactory())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_ledger_bills_and_credit_agree_after_any_history(
    chain: Chain, taken: list[tuple[str, Party, int]]
) -> None:
    with transaction.atomic():
        for name, payer, amount in taken:
            try:
                with transaction.atomic():
                    STEPS[name](chain, payer, amount)
            except Rejection:
                continue
        check(chain.site)
        transaction.set_rollback(True)
