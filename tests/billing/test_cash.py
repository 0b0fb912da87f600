"""Cash at the lane: booked to the cent, receipted, and never more than is due."""

import pytest

from billing.selectors import receipt
from core.errors import Rejection
from core.models import AuditEntry
from parking import selectors as parking
from parking.models import Stay
from tests.billing.books import entries, standing
from tests.factories import UserFactory
from tests.paying import payments_of, take_cash

pytestmark = pytest.mark.django_db


def test_a_guard_takes_what_is_due(stay: Stay) -> None:
    payment = take_cash(stay, UserFactory(username="guard"))
    assert (payment.state, payment.amount, payment.taken_by) == ("paid", 1000, "guard")
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}
    assert parking.due_now(stay).due == 0


def test_a_part_leaves_the_rest_due(stay: Stay) -> None:
    take_cash(stay, UserFactory(), amount=400)
    assert parking.due_now(stay).due == 600
    take_cash(stay, UserFactory())
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}


@pytest.mark.parametrize(
    ("amount", "problem"),
    [(-500, "above zero"), (0, "above zero"), (1001, "only CNY 10.00 is due")],
)
def test_an_amount_that_cannot_be_is_refused_with_nothing_written(
    stay: Stay, amount: int, problem: str
) -> None:
    with pytest.raises(Rejection, match=f"amount: .*{problem}"):
        take_cash(stay, UserFactory(), amount=amount)
    assert entries(stay.site) == 0
    assert not AuditEntry.objects.exists()
    assert not payments_of(stay)


def test_a_second_press_of_the_button_is_refused(stay: Stay) -> None:
    take_cash(stay, UserFactory())
    with pytest.raises(Rejection, match="nothing is due"):
        take_cash(stay, UserFactory())
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}


def test_who_took_it_stands_in_the_audit_chain(stay: Stay) -> None:
    payment = take_cash(stay, UserFactory(username="guard"), amount=400)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.subject) == (
        "guard",
        "take cash",
        ("stay", str(stay.pk)),
    )
    assert entry.detail == {"amount": 400, "currency": "CNY", "payment": payment.public_id}


def test_its_receipt_says_who_took_it_and_how_the_price_came_about(stay: Stay) -> None:
    shown = receipt(take_cash(stay, UserFactory(username="guard")))
    assert (shown.number, shown.money.minor, shown.taken_by) == (1, 1000, "guard")
    assert shown.fact("plate") == stay.plate
    assert sum(line["amount"] for line in shown.lines) == 1000
    assert not shown.owed_back
