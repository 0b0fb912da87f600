"""Bills that are credited in parts, and deposits kept in part, near the largest amount."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from billing.models import Bill, Charge, CreditNote
from billing.outstanding import amount_due
from billing.services import credit_bill, settle_deposit
from billing.services.deposits import cause_of, held_of, require_deposit
from core.models import Site
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
LARGEST = 2**63 - 1
few = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
currencies = st.sampled_from(["CNY", "JPY", "KWD"])


@pytest.fixture
def site() -> Site:
    register()
    return SiteFactory()


def used_in(site: Site, currency: str) -> Site:
    site.currency = currency
    site.save()
    return site


def credit(bill: Bill, part: int) -> None:
    line = bill.lines.get()
    credit_bill(bill, UserFactory(), reason="agreed", amounts={line.pk: part})


@few
@given(currencies, st.integers(1, LARGEST), st.data())
@example("KWD", LARGEST, None)
def test_parts_of_a_bill_that_are_credited_leave_nothing_at_the_end(
    site: Site, currency: str, total: int, data: st.DataObject | None
) -> None:
    with transaction.atomic():
        vat = data.draw(st.integers(0, total // 2)) if data else total // 17
        bill = bill_of(used_in(site, currency), club_charge("a", total, vat))
        left = total
        while left and CreditNote.objects.count() < 3:
            part = data.draw(st.integers(1, left)) if data else left // 2 + 1
            credit(bill, part)
            left -= part
            books = standing(site)
            assert books.get("receivable", 0) == left == amount_due(bill).minor
            # VAT falls with the amount, and never below zero.
            assert 0 <= -books.get("vat_payable", 0) <= vat
        if left:
            credit(bill, left)
        assert standing(site) == {}
        assert CreditNote.objects.count() <= 4
        check_constraints()
        transaction.set_rollback(True)


@few
@given(currencies, st.integers(1, LARGEST), st.data())
def test_what_is_held_of_a_deposit_is_given_back_or_kept(
    site: Site, currency: str, amount: int, data: st.DataObject
) -> None:
    with transaction.atomic():
        deposit = require_deposit(used_in(site, currency), PAYER, amount, purpose="keys")
        charge = Charge.objects.get(**cause_of(deposit).filter(), revision=0)
        paid = data.draw(st.integers(0, amount))
        if paid:
            pay(site, paid, charge)
        assert held_of(deposit).minor == paid
        kept = data.draw(st.integers(0, paid))
        settlement = settle_deposit(deposit, UserFactory(), kept=kept, reason="damage")
        assert (settlement.kept, settlement.returned) == (kept, paid - kept)
        books = {"cash": paid, "credit": kept - paid, "deposits_kept": -kept}
        assert standing(site) == {name: minor for name, minor in books.items() if minor}
        check_constraints()
        transaction.set_rollback(True)
