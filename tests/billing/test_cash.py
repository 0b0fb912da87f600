"""Cash at the lane: posted exactly, with a receipt, and never more than is due."""

import pytest

from billing.selectors import receipt
from core.errors import Rejection
from core.models import AuditEntry
from parking import selectors as parking
from parking.models import Stay
from tests.billing.books import entries, standing
from tests.factories import UserFactory
from tests.paying import payments_of, record_cash_payment

pytestmark = pytest.mark.django_db


def test_cash_pays_what_is_due(stay: Stay) -> None:
    payment = record_cash_payment(stay, UserFactory(username="guard"))
    assert (payment.state, payment.amount, payment.taken_by) == ("paid", 1000, "guard")
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}
    assert parking.due_now(stay).due == 0


def test_cash_for_a_part_leaves_the_rest_due(stay: Stay) -> None:
    record_cash_payment(stay, UserFactory(), amount=400)
    assert parking.due_now(stay).due == 600
    record_cash_payment(stay, UserFactory())
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}


@pytest.mark.parametrize(
    ("amount", "problem"),
    [(-500, "more than zero"), (0, "more than zero"), (1001, "only CN¥10.00 is due")],
)
def test_an_invalid_amount_is_rejected_without_any_write(
    stay: Stay, amount: int, problem: str
) -> None:
    with pytest.raises(Rejection, match=f"amount: .*{problem}"):
        record_cash_payment(stay, UserFactory(), amount=amount)
    assert entries(stay.site) == 0
    assert not AuditEntry.objects.exists()
    assert not payments_of(stay)


def test_a_second_submission_is_rejected(stay: Stay) -> None:
    record_cash_payment(stay, UserFactory())
    with pytest.raises(Rejection, match="nothing is due"):
        record_cash_payment(stay, UserFactory())
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}


def test_cash_is_recorded_in_the_audit_log(stay: Stay) -> None:
    payment = record_cash_payment(stay, UserFactory(username="guard"), amount=400)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.subject) == (
        "guard",
        "take cash",
        ("stay", str(stay.pk)),
    )
    assert entry.detail == {"amount": 400, "currency": "CNY", "payment": payment.public_id}


def test_a_cash_receipt_names_the_cashier_and_explains_the_price(stay: Stay) -> None:
    shown = receipt(record_cash_payment(stay, UserFactory(username="guard")))
    assert (shown.number, shown.money.minor, shown.taken_by) == (1, 1000, "guard")
    assert shown.fact("plate") == stay.plate
    assert sum(line["amount"] for line in shown.lines) == 1000
    assert not shown.owed_back
