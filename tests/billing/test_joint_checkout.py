"""Several charges paid in one checkout, by one payer or by many at once."""

from functools import partial
from typing import Any

import pytest

from billing import ports
from billing.models import Allocation, BillingSettings, Charge, Payment
from billing.services import (
    Selected,
    begin_joint_checkout,
    open_charge,
    record_cash,
)
from core.errors import Rejection
from core.models import Site
from tests.at_once import at_once
from tests.billing.books import standing
from tests.billing.fines import Fines
from tests.factories import SiteFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def fines() -> Fines:
    source = Fines()
    ports.register_source(source)
    return source


@pytest.fixture
def site(db: None) -> Site:
    site = SiteFactory()
    BillingSettings.objects.create(site=site, allows_part_payment=True)
    return site


def issue(fines: Fines, site: Site, **prices: int) -> list[Charge]:
    """Open a fine for each price."""
    found = []
    for number, price in prices.items():
        draft = fines.issue(number, price, site)
        found.append(open_charge(draft, price, lines=[{"price": price}]))
    return found


def begin(*selected: Selected | Charge, **options: Any) -> Payment:
    chosen = [each if isinstance(each, Selected) else Selected(each) for each in selected]
    given = {"email": "", "language": "en", "return_url": "https://park.example/", **options}
    return begin_joint_checkout(chosen, **given)


def allocations(payment: Payment) -> dict[str, int]:
    """Return what of the payment counts towards each fine."""
    rows = Allocation.objects.filter(payment=payment)
    return dict(rows.values_list("charge__source_id", "amount"))


def test_several_charges_are_as_many_lines_of_one_checkout(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(*issue(fines, site, a=1000, b=250))
    lines = stripe.books.lines[stripe.session["id"]]
    shown = [(line["description"], line["amount_total"]) for line in lines]
    assert shown == [("Fine a", 1000), ("Fine b", 250)]
    assert stripe.session["amount_total"] == 1250
    deliver(stripe.pay())
    assert allocations(payment) == {"a": 1000, "b": 250}
    assert {each.state for each in Charge.objects.all()} == {"settled"}
    assert standing(site) == {"stripe": 1250, "fines": -1250}


def test_a_part_of_an_amount_can_be_paid(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    first, second = issue(fines, site, a=1000, b=250)
    payment = begin(Selected(first, 400), Selected(second))
    deliver(stripe.pay())
    assert allocations(payment) == {"a": 400, "b": 250}
    assert standing(site) == {"stripe": 650, "receivable": 600, "fines": -1250}


def test_a_part_is_paid_only_where_the_site_allows_it(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    BillingSettings.objects.update(allows_part_payment=False)
    with pytest.raises(Rejection, match="a part of a charge cannot be paid"):
        begin(Selected(issue(fines, site, a=1000)[0], 400))


def test_what_a_known_payer_pays_beyond_what_is_due_is_credit(
    fines: Fines, site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    charges = issue(fines, site, a=1000, b=250)
    begin(*charges, payer=("person", "7"))
    event = stripe.pay()
    record_cash(charges[1], UserFactory())
    assert deliver(event) == 200
    assert standing(site) == {"stripe": 1250, "cash": 250, "credit": -250, "fines": -1250}


def test_a_known_payer_may_choose_otherwise_in_another_browser(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    first, second = issue(fines, site, a=1000, b=250)
    before = begin(first, second, payer=("person", "7"))
    with pytest.raises(Rejection, match="someone is paying"):
        begin(second, payer=("person", "8"))
    assert begin(second, payer=("person", "7")) != before


@pytest.mark.parametrize("amount", [0, -1, 1001])
def test_no_more_than_what_is_due_can_be_paid(
    fines: Fines, site: Site, stripe: FakeStripe, amount: int
) -> None:
    (charge,) = issue(fines, site, a=1000)
    with pytest.raises(Rejection, match=r"CN¥10\.00 is due"):
        begin(Selected(charge, amount))
    assert not Payment.objects.exists()


def test_a_charge_that_was_paid_meanwhile_is_left_out(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    first, second = issue(fines, site, a=1000, b=250)
    record_cash(first, UserFactory())
    assert begin(first, second).amount == 250


def test_charges_of_two_sites_are_not_paid_together(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    (first,) = issue(fines, site, a=1000)
    (second,) = issue(fines, SiteFactory(), b=250)
    for chosen in ([first, second], [first, first], []):
        with pytest.raises(Rejection) as caught:
            begin(*chosen)
        assert caught.value.code == "not_payable_together"


def test_more_charges_than_the_provider_accepts_are_rejected(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    charges = issue(fines, site, **{f"n{number}": 100 for number in range(101)})
    with pytest.raises(Rejection, match="at most 100"):
        begin(*charges)
    assert begin(*charges[:100]).amount == 10_000


def test_another_payer_of_the_same_charges_gets_the_checkout_under_way(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    charges = issue(fines, site, a=1000, b=250)
    first = begin(*charges, email="first@example.com")
    second = begin(*reversed(charges), email="second@example.com")
    assert (second, second.email) == (first, "first@example.com")
    assert stripe.calls["create"] == 1


def test_another_payer_does_not_end_it_by_choosing_otherwise(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    first, second = issue(fines, site, a=1000, b=250)
    begin(first, second)
    for chosen in ([first], [Selected(first, 10), Selected(second)]):
        with pytest.raises(Rejection, match="someone is paying this now"):
            begin(*chosen)
    assert stripe.session["status"] == "open"


def test_its_payer_may_choose_otherwise(fines: Fines, site: Site, stripe: FakeStripe) -> None:
    first, second = issue(fines, site, a=1000, b=250)
    before = begin(first, second)
    chosen = begin(second, begun=before.public_id)
    before.refresh_from_db()
    assert (before.state, chosen.state, chosen.amount) == ("expired", "pending", 250)


def test_its_payer_who_had_paid_it_already_pays_nothing_twice(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    first, second = issue(fines, site, a=1000, b=250)
    before = begin(first)
    stripe.pay()
    chosen = begin(first, second, begun=before.public_id)
    before.refresh_from_db()
    assert (before.state, chosen.amount) == ("paid", 250)


def test_nothing_is_begun_while_the_bank_processes_an_overlapping_payment(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    first, second = issue(fines, site, a=1000, b=250)
    before = begin(first)
    stripe.promise()
    with pytest.raises(Rejection, match="someone is paying"):
        begin(first, second, begun=before.public_id)
    assert stripe.calls["create"] == 1


def test_a_lost_answer_is_repeated_with_the_same_lines(
    fines: Fines, site: Site, stripe: FakeStripe
) -> None:
    charges = issue(fines, site, a=1000, b=250)
    stripe.lost_answers = 1
    with pytest.raises(Rejection, match="not be charged twice"):
        begin(*charges)
    assert begin(*charges).state == "pending"
    assert len(stripe.books.sessions) == 1


@pytest.mark.django_db(transaction=True)
def test_of_fifty_payers_of_one_bill_one_pays(
    fines: Fines, stripe: FakeStripe, deliver: Deliver
) -> None:
    site = SiteFactory()
    charges = issue(fines, site, a=1000, b=250, c=70)
    # Half of them choose the whole bill, the others a part of it.
    payers = [partial(begin, *charges), partial(begin, *charges[1:])] * 25
    found = at_once(*payers)
    payments = {each for each in found if isinstance(each, Payment)}
    codes = {each.code for each in found if isinstance(each, Rejection)}
    assert (len(payments), len(stripe.books.sessions)) == (1, 1)
    assert codes <= {"under_way"}
    event = stripe.pay()
    cashier = UserFactory()
    results = at_once(partial(deliver, event), partial(record_cash, charges[1], cashier))
    assert results[0] == 200
    books = standing(site)
    assert books["fines"] == -1320
    paid = books["stripe"] + books.get("cash", 0)
    assert paid == 1320 + books.get("receivable", 0) * -1 - books.get("refunds_due", 0)
