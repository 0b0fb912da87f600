"""Cash drawers: opened with a float, counted at the hand-over, equal to their ledger entries."""

from functools import partial

import pytest
from django.db import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from billing.drawers import cash_in, movements, open_drawer_of
from billing.models import Drawer, Payment
from billing.services import hand_over_drawer, move_cash, open_drawer
from core.errors import Rejection
from core.models import AuditEntry, Site, User
from parking.models import Stay
from tests.at_once import at_once
from tests.billing.books import standing
from tests.factories import SiteFactory, StayFactory, UserFactory
from tests.paying import record_cash_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def cashier(db: None) -> User:
    return UserFactory(username="cashier")


def test_a_drawer_is_opened_with_change_from_the_safe(cashier: User) -> None:
    site = SiteFactory()
    drawer = open_drawer(site, cashier, float_amount=20_000)
    assert open_drawer_of(site, cashier) == drawer
    assert cash_in(drawer).minor == 20_000
    assert standing(site) == {"cash": 20_000, "safe": -20_000}


def test_an_empty_drawer_posts_nothing(cashier: User) -> None:
    site = SiteFactory()
    hand_over_drawer(open_drawer(site, cashier), cashier, counted=0)
    assert standing(site) == {}


def test_a_person_has_one_open_drawer_at_a_site(cashier: User) -> None:
    site = SiteFactory()
    drawer = open_drawer(site, cashier)
    with pytest.raises(Rejection, match="open drawer"):
        open_drawer(site, cashier)
    assert open_drawer(SiteFactory(), cashier).is_open
    hand_over_drawer(drawer, cashier, counted=0)
    assert open_drawer(site, cashier).is_open


def test_cash_at_the_lane_goes_into_the_open_drawer_of_the_guard(stay: Stay, cashier: User) -> None:
    drawer = open_drawer(stay.site, cashier, float_amount=500)
    record_cash_payment(stay, cashier)
    assert cash_in(drawer).minor == 1500
    assert [line.amount for line in movements(drawer)] == [500, 1000]


def test_cash_of_a_guard_without_a_drawer_is_posted_as_before(stay: Stay, cashier: User) -> None:
    drawer = open_drawer(stay.site, cashier)
    record_cash_payment(stay, UserFactory())
    assert cash_in(drawer).minor == 0
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}


def test_cash_in_another_currency_belongs_to_no_drawer(stay: Stay, cashier: User) -> None:
    Site.objects.filter(pk=stay.site.pk).update(currency="KWD")
    drawer = open_drawer(Site.objects.get(pk=stay.site.pk), cashier)
    record_cash_payment(stay, cashier)
    assert cash_in(drawer).minor == 0


def test_cash_moves_between_the_safe_and_the_drawer(cashier: User) -> None:
    site = SiteFactory()
    drawer = open_drawer(site, cashier, float_amount=500)
    move_cash(drawer, cashier, amount=-300, reason="too much in it")
    move_cash(drawer, cashier, amount=100, reason="coins")
    assert cash_in(drawer).minor == 300
    assert standing(site) == {"cash": 300, "safe": -300}
    assert AuditEntry.objects.filter(action="move cash").count() == 2


@pytest.mark.parametrize(
    ("amount", "reason", "code"),
    [
        (-501, "too much", "too_little_cash"),
        (0, "none", "out_of_range"),
        (2**63, "too much", "out_of_range"),
        (-100, " ", "missing"),
    ],
)
def test_an_impossible_move_is_rejected(cashier: User, amount: int, reason: str, code: str) -> None:
    drawer = open_drawer(SiteFactory(), cashier, float_amount=500)
    with pytest.raises(Rejection) as rejected:
        move_cash(drawer, cashier, amount=amount, reason=reason)
    assert rejected.value.code == code
    assert cash_in(drawer).minor == 500


@pytest.mark.parametrize(("counted", "difference"), [(480, -20), (530, 30)])
def test_a_difference_needs_a_reason_and_is_posted(
    cashier: User, counted: int, difference: int
) -> None:
    site = SiteFactory()
    drawer = open_drawer(site, cashier, float_amount=500)
    with pytest.raises(Rejection, match="reason"):
        hand_over_drawer(drawer, cashier, counted=counted)
    closed = hand_over_drawer(drawer, cashier, counted=counted, reason="wrong change")
    assert (closed.expected, closed.difference) == (500, difference)
    assert standing(site) == {"safe": counted - 500, "cash_difference": -difference}
    detail = AuditEntry.objects.get(action="hand over drawer").detail
    assert (detail["difference"], detail["reason"]) == (difference, "wrong change")


def test_cash_is_handed_over_to_the_bank(stay: Stay, cashier: User) -> None:
    drawer = open_drawer(stay.site, cashier)
    record_cash_payment(stay, cashier)
    hand_over_drawer(drawer, cashier, counted=1000, destination="bank")
    assert standing(stay.site) == {"bank": 1000, "credit": -1000}


def test_a_drawer_is_handed_over_once_and_final(cashier: User) -> None:
    drawer = open_drawer(SiteFactory(), cashier, float_amount=5)
    hand_over_drawer(drawer, cashier, counted=5)
    for change in (
        partial(hand_over_drawer, drawer, cashier, counted=5),
        partial(move_cash, drawer, cashier, amount=1, reason="change"),
    ):
        with pytest.raises(Rejection, match="handed over"):
            change()
    with pytest.raises(IntegrityError, match="was handed over"):
        Drawer.objects.filter(pk=drawer.pk).update(counted=4)


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_drawer_holds_amounts_near_the_limit_in_any_currency(
    cashier: User, currency: str
) -> None:
    site = SiteFactory(currency=currency)
    drawer = open_drawer(site, cashier, float_amount=2**63 - 1)
    hand_over_drawer(drawer, cashier, counted=2**63 - 2, reason="one is missing")
    assert standing(site) == {"safe": -1, "cash_difference": 1}


STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "move in", "move out"]), st.integers(1, 2000)), max_size=6
)


class DrawerHistories(TestCase):
    """Histories of one shift; each example runs in a transaction of its own."""

    @settings(max_examples=15, deadline=None)
    @given(float_amount=st.integers(0, 3000), steps=STEPS, lost=st.integers(-50, 50))
    def test_expected_cash_is_float_and_takings_less_payouts(
        self, float_amount: int, steps: list[tuple[str, int]], lost: int
    ) -> None:
        stay = StayFactory()
        cashier, expected = UserFactory(), float_amount
        drawer = open_drawer(stay.site, cashier, float_amount=float_amount)
        for step, amount in steps:
            expected += self.perform(drawer, cashier, step, amount)
            assert cash_in(drawer).minor == expected
        taken = sum(Payment.objects.values_list("amount", flat=True))
        moved = sum(line.amount for line in movements(drawer) if "moved" in line.entry.reference)
        assert expected == float_amount + taken + moved
        counted = max(0, expected - lost)
        closed = hand_over_drawer(drawer, cashier, counted=counted, reason="counted twice")
        assert closed.expected == expected
        assert cash_in(drawer).minor == 0

    def perform(self, drawer: Drawer, cashier: User, step: str, amount: int) -> int:
        """Take or move cash; return by how much the drawer's cash changes."""
        if step == "take":
            stay = StayFactory(lot__site=drawer.site)
            return record_cash_payment(stay, cashier).amount
        signed = amount if step == "move in" else -amount
        try:
            move_cash(drawer, cashier, amount=signed, reason="change")
        except Rejection:
            assert amount > cash_in(drawer).minor
            return 0
        return signed


@pytest.mark.django_db(transaction=True)
def test_a_drawer_that_is_handed_over_while_cash_comes_loses_none(
    transactional_db: None,
) -> None:
    """Each payment is in the drawer before it was counted, or outside of it."""
    stays = [StayFactory() for _ in range(1)]
    site, lot = stays[0].site, stays[0].lot
    stays += [StayFactory(lot=lot, tariff=stays[0].tariff) for _ in range(3)]
    cashier = UserFactory()
    drawer = open_drawer(site, cashier, float_amount=100)
    results = at_once(
        *[partial(record_cash_payment, stay, cashier) for stay in stays],
        partial(hand_over_drawer, drawer, cashier, counted=100, reason="counted before"),
        partial(hand_over_drawer, drawer, cashier, counted=100, reason="counted before"),
    )
    payments = [each for each in results if isinstance(each, Payment)]
    closed = [each for each in results if isinstance(each, Drawer)]
    assert (len(payments), len(closed)) == (4, 1)
    assert cash_in(drawer).minor == 0
    inside = sum(line.amount for line in movements(drawer) if line.amount > 0)
    assert closed[0].expected == inside
    outside = sum(each.amount for each in payments) - (inside - 100)
    assert standing(site).get("cash", 0) == outside


@pytest.mark.django_db(transaction=True)
def test_two_tellers_who_open_one_persons_drawer_at_once_get_one(transactional_db: None) -> None:
    site, cashier = SiteFactory(), UserFactory()
    results = at_once(*[partial(open_drawer, site, cashier, float_amount=7)] * 3)
    assert sum(isinstance(each, Drawer) for each in results) == 1
    assert standing(site) == {"cash": 7, "safe": -7}
