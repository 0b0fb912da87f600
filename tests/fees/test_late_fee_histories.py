"""Random histories of payments, voids and nights: late fees depend on the days alone."""

# Fixtures are imported, and named again by the tests that take them.
# ruff: noqa: F811

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.accruals import accrued_on
from billing.models import Allocation, BillingSettings, Charge, LedgerLine, Payment
from billing.services import Received, take_payment
from billing.services.voids import lock_payment, reverse_payment
from fees.late_fee_corrections import lower_late_fees
from fees.late_fees import post_late_fees
from fees.rules.late_fees import Paid, accrued
from tests.billing.books import standing
from tests.fees.test_late_fees import DUE, RATE, calendar, fee, owner, site  # noqa: F401
from tests.gate import staff

pytestmark = pytest.mark.django_db
PRINCIPAL = 100_000
# From before the due day until more than two months after it.
LAST = 75
_numbers = count()


@dataclass(frozen=True)
class Step:
    """Money that arrives on a day after the due day, and perhaps is void some days later."""

    on: int
    amount: int
    void_after: int | None = None


STEPS = st.builds(
    Step,
    on=st.integers(-5, LAST - 5),
    amount=st.integers(1, 70_000),
    void_after=st.one_of(st.none(), st.none(), st.integers(0, 30)),
)
# Each sixth night, so of all days of a week, and those in which a month has ended.
MANY_NIGHTS = frozenset(range(-4, LAST, 6)) | {1, 32, 63}
NIGHTS = st.frozensets(st.integers(-5, LAST), max_size=12)
# Three histories of up to thirty days an example; others are drawn in each run.
HISTORIES = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class History:
    """What happens to one fee of a site, night by night and payment by payment."""

    def __init__(self, site, owner, turn_to) -> None:
        self.site, self.owner, self.turn_to = site, owner, turn_to
        self.payments: dict[Step, Payment] = {}

    def play(self, steps: Sequence[Step], nights: frozenset[int]) -> None:
        """Let each day have its night first, then its payments, then its voids."""
        voids = {step: step.on + step.void_after for step in steps if step.void_after is not None}
        days = {step.on for step in steps} | set(voids.values()) | nights | {LAST}
        for day in sorted(each for each in days if each <= LAST):
            self.turn_to(DUE + timedelta(days=day))
            if day in nights or day == LAST:
                lower_late_fees(self.site)
                post_late_fees(self.site, DUE + timedelta(days=day))
            for step in steps:
                if step.on == day:
                    self.pay(step)
            for step, void_on in voids.items():
                if void_on == day and step in self.payments:
                    with transaction.atomic():
                        reverse_payment(lock_payment(self.payments[step]), "pos_clearing", None)

    def pay(self, step: Step) -> None:
        charges = Charge.objects.filter(source_type="fee", state="open")
        received = Received("pos", step.amount, f"slip {next(_numbers)}")
        self.payments[step] = take_payment(
            self.site, staff("cashier"), self.owner, received, list(charges)
        )

    def late_fees(self) -> int:
        rows = Charge.objects.filter(source_type="late_fee", state__in=Charge.POSTED)
        return rows.aggregate(sum=Sum("amount"))["sum"] or 0

    def paid(self) -> list[list[tuple[str, int]]]:
        """What of each payment counts towards late fees and the fee, payment by payment."""
        found = []
        for payment in self.payments.values():
            sums: Counter[str] = Counter()
            rows = Allocation.objects.filter(payment=payment, charge__isnull=False)
            for kind, amount in rows.values_list("charge__source_type", "amount"):
                sums[kind] += amount
            found.append(sorted(sums.items()))
        return found

    def expected(self) -> int:
        """The late fee by the rules until the last day, for what was paid and not withdrawn."""
        paid = []
        for step, payment in self.payments.items():
            rows = Allocation.objects.filter(payment=payment, charge__source_type="fee")
            amount = rows.aggregate(sum=Sum("amount"))["sum"] or 0
            paid.append(Paid(DUE + timedelta(days=step.on), amount))
        return accrued(PRINCIPAL, RATE, DUE, paid, DUE + timedelta(days=LAST))


def outcome(history: History, steps, nights) -> tuple[int, list[list[tuple[str, int]]], dict]:
    """Play a history, return what it came to, and take it back."""
    history.payments.clear()
    with transaction.atomic():
        history.play(steps, nights)
        found = (history.late_fees(), history.paid(), standing(history.site))
        check_books(history)
        transaction.set_rollback(True)
    return found


def check_books(history: History) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert LedgerLine.objects.aggregate(sum=Sum("amount"))["sum"] == 0
    owed = Charge.objects.filter(state__in=Charge.POSTED).aggregate(sum=Sum("amount"))["sum"]
    paid = Allocation.objects.filter(charge__isnull=False).aggregate(sum=Sum("amount"))["sum"]
    assert standing(history.site).get("receivable", 0) == owed - (paid or 0)


@pytest.mark.parametrize("order", ["penalty_first", "principal_first"])
@HISTORIES
@given(steps=st.lists(STEPS, max_size=5, unique_by=lambda step: step.on), nights=NIGHTS)
def test_nights_that_are_skipped_change_neither_late_fees_nor_what_is_paid(
    site, owner, calendar, order, steps, nights
):
    BillingSettings.objects.update_or_create(
        site=site, defaults={"penalty_order": order, "allows_part_payment": True}
    )
    history = History(site, owner, calendar)
    found = outcome(history, steps, nights)
    assert outcome(history, steps, MANY_NIGHTS) == found
    assert outcome(history, steps, frozenset()) == found


@HISTORIES
@given(steps=st.lists(STEPS, max_size=5, unique_by=lambda step: step.on), nights=NIGHTS)
def test_late_fees_are_those_of_the_rules_for_what_was_paid_and_kept(
    site, owner, calendar, steps, nights
):
    BillingSettings.objects.update_or_create(
        site=site, defaults={"penalty_order": "penalty_first", "allows_part_payment": True}
    )
    history = History(site, owner, calendar)
    with transaction.atomic():
        history.play(steps, nights)
        rest = accrued_on(Charge.objects.filter(source_type="fee"))
        found = history.late_fees() + sum(each.money.minor for each in rest)
        expected = history.expected()
        transaction.set_rollback(True)
    assert found == expected
