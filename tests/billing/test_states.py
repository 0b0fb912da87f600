"""Which step is possible in which state, of everything in billing that people decide."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.models import (
    BillingSettings,
    FapiaoRequest,
    LedgerEntry,
    PaymentVoid,
    Refund,
    WriteOff,
)
from billing.outstanding import bills
from billing.ports import ProviderRefund, RefundStatus
from billing.services import (
    Received,
    approve_refund,
    approve_void,
    approve_write_off,
    cancel_refund,
    cancel_void,
    cancel_write_off,
    credit_bill,
    issue_fapiao,
    open_drawer,
    record_red_fapiao,
    reject_fapiao,
    request_credit_refund,
    request_fapiao,
    reverse_write_off,
    take_payment,
    void_payment,
    write_off_bill,
)
from billing.services.refunds import settle_refund
from core.money import Money
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
Step = Callable[[Any, Any], object]


@pytest.fixture
def site() -> Any:
    register()
    return SiteFactory()


def allowed(steps: dict[str, Step], row: Any, problem: str) -> set[str]:
    """Return the steps that aren't rejected with the problem; a rejected one posts nothing."""
    found = set()
    for name, step in steps.items():
        before = LedgerEntry.objects.count()
        try:
            assert rejected(step, row, UserFactory())[1] == problem
        except pytest.fail.Exception:
            found.add(name)
            continue
        assert LedgerEntry.objects.count() == before
    return found


FAPIAO: dict[str, Step] = {
    "issue": lambda row, actor: issue_fapiao(row, actor, "25310001"),
    "reject": lambda row, actor: reject_fapiao(row, actor, "no such company"),
    "reverse": lambda row, actor: record_red_fapiao(row, actor, "R1"),
}


@pytest.mark.parametrize(
    ("state", "step", "end"),
    [
        ("requested", "issue", "issued"),
        ("requested", "reject", "rejected"),
        ("red_requested", "reverse", "red_issued"),
    ],
)
def test_a_fapiao_moves_on_by_its_steps_alone(site: Any, state: str, step: str, end: str) -> None:
    request = request_fapiao(pay(site, 1000), title="Li Wei")
    FapiaoRequest.objects.filter(pk=request.pk).update(state=state, number="1")
    possible = {"issue", "reject"} if state == "requested" else {"reverse"}
    others = {name: each for name, each in FAPIAO.items() if name not in possible}
    assert allowed(others, request, "not_waiting") == set()
    FAPIAO[step](request, UserFactory())
    request.refresh_from_db()
    assert request.state == end
    assert allowed(FAPIAO, request, "not_waiting") == set()


REFUND: dict[str, Step] = {"approve": approve_refund, "cancel": cancel_refund}


@pytest.mark.parametrize("state", [each for each in Refund.State.values if each != "requested"])
def test_only_a_refund_that_waits_is_decided(site: Any, state: str) -> None:
    pay(site, 1000)
    (refund,) = request_credit_refund(site, PAYER, UserFactory(), amount=10, reason="left")
    Refund.objects.filter(pk=refund.pk).update(state=state)
    assert allowed(REFUND, refund, "not_waiting") == set()
    refund.refresh_from_db()
    assert refund.state == state


# For each state, what a report of the provider makes of a refund that was sent from here.
REPORTED = {
    "approved": ("pending", "succeeded", "failed", "cancelled"),
    "created": ("pending", "succeeded", "failed", "cancelled"),
    "pending": ("pending", "succeeded", "failed", "cancelled"),
    "succeeded": ("succeeded", "succeeded", "failed", "cancelled"),
    "failed": ("failed", "failed", "failed", "failed"),
    "cancelled": ("cancelled", "cancelled", "cancelled", "cancelled"),
}
STATUSES = (
    RefundStatus.PENDING,
    RefundStatus.SUCCEEDED,
    RefundStatus.FAILED,
    RefundStatus.CANCELLED,
)


@pytest.mark.parametrize("state", REPORTED)
def test_a_refund_moves_forward_only_whatever_is_reported(site: Any, state: str) -> None:
    payment = pay(site, 1000)
    for status, end in zip(STATUSES, REPORTED[state], strict=True):
        (refund,) = request_credit_refund(site, PAYER, UserFactory(), amount=10, reason="left")
        Refund.objects.filter(pk=refund.pk).update(state=state)
        money = Money(10, "CNY")
        report = ProviderRefund(f"re_{status}", refund.public_id, payment.public_id, status, money)
        for _delivered_twice in range(2):
            settle_refund("offline", report)
        refund.refresh_from_db()
        assert refund.state == end, status
    check_constraints()


WRITE_OFF: dict[str, Step] = {
    "approve": approve_write_off,
    "cancel": cancel_write_off,
    "reverse": lambda row, actor: reverse_write_off(row, actor, reason="paid"),
}
# The steps that lead to each state, and those that are possible in it.
WRITE_OFF_STATES = {
    "requested": ((), {"approve", "cancel"}),
    "done": (("approve",), {"reverse"}),
    "cancelled": (("cancel",), set()),
    "reversed": (("approve", "reverse"), set()),
}


@pytest.mark.parametrize("state", WRITE_OFF_STATES)
def test_a_write_off_is_decided_once_and_reversed_once(site: Any, state: str) -> None:
    steps, possible = WRITE_OFF_STATES[state]
    bill = bill_of(site, club_charge("a", 1000))
    request = write_off_bill(bill, UserFactory(), reason="gone")
    for step in steps:
        WRITE_OFF[step](request, UserFactory())
    assert WriteOff.objects.get().state == state
    others = {name: each for name, each in WRITE_OFF.items() if name not in possible}
    assert allowed(others, request, "decided") == set()
    owed = {"receivable": 1000} if state != "done" else {"write_off": 1000}
    assert standing(site) == {**owed, "club_fees": -1000}


VOID: dict[str, Step] = {"approve": approve_void, "cancel": cancel_void}


@pytest.mark.parametrize("first", VOID)
def test_a_void_is_decided_once(site: Any, first: str) -> None:
    cashier = UserFactory()
    open_drawer(site, cashier)
    payment = take_payment(site, cashier, PAYER, Received("cash", 500))
    void = void_payment(payment, cashier, reason="mistyped")
    VOID[first](void, UserFactory())
    assert allowed(VOID, void, "not_waiting") == set()
    assert PaymentVoid.objects.get().state == {"approve": "done", "cancel": "cancelled"}[first]
    assert standing(site) == ({} if first == "approve" else {"cash": 500, "credit": -500})


def test_a_bill_s_state_follows_from_what_is_posted(site: Any) -> None:
    BillingSettings.objects.create(site=site, waiver_limit=10**6)
    bill = bill_of(site, club_charge("a", 1000))

    def state() -> str:
        return str(bills(site).get(pk=bill.pk).state)

    seen = [state()]
    pay(site, 300, *charges_of(bill))
    seen.append(state())
    request = write_off_bill(bill, UserFactory(), reason="gone")
    seen.append(state())
    reverse_write_off(request, UserFactory(), reason="paid")
    seen.append(state())
    pay(site, 700, *charges_of(bill))
    seen.append(state())
    credit_bill(bill, UserFactory(), reason="wrong")
    seen.append(state())
    assert seen == ["issued", "part_paid", "written_off", "part_paid", "settled", "credited"]
