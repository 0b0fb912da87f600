"""A charge with its payment, made in bulk, is what the two are one after the other."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Allocation, Charge, LedgerLine, Payment, PaymentItem
from billing.services import (
    Cause,
    FinalAmount,
    NewCharge,
    NewPayment,
    cancel_charge,
    create_charges,
    finalise_drafts,
    lock_unpaid_drafts,
    open_charge,
)
from core import clock
from parking.charges import begin_charge, cause_of, post_charge
from parking.models import Stay
from tests.factories import LotFactory, TariffFactory
from tests.paying import pay

pytestmark = pytest.mark.django_db
ENTERED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LEFT = ENTERED + timedelta(hours=2)
LINES = [{"title": "Day", "amount": 1000}]


@pytest.fixture
def lot():
    lot = LotFactory()
    TariffFactory(lot=lot)
    return lot


def stay_in(lot, plate: str) -> Stay:
    return Stay.objects.create(
        site=lot.site,
        lot=lot,
        plate=plate,
        folded=plate,
        entered_at=ENTERED,
        currency="CNY",
        tariff=lot.tariffs.get(),
    )


@dataclass
class Made:
    charge: Charge

    @property
    def facts(self) -> dict[str, object]:
        payment = Payment.objects.get(items__charge=self.charge)
        item = PaymentItem.objects.get(charge=self.charge)
        lines = LedgerLine.objects.filter(charge=self.charge)
        return {
            "charge": [
                getattr(self.charge, name)
                for name in (
                    "state",
                    "amount",
                    "currency",
                    "lines",
                    "begins_at",
                    "ends_at",
                    "due_at",
                    "opened_at",
                    "revision",
                )
            ],
            "payment": [
                getattr(payment, name)
                for name in ("provider", "amount", "currency", "state", "paid_at", "failure")
            ],
            "item": [item.amount, item.offered_at, item.is_under_way],
            "allocated": list(
                Allocation.objects.filter(charge=self.charge, payment=payment).values_list("amount")
            ),
            "lines": sorted(
                lines.values_list("account__code", "amount", "party_type", "entry__at"), key=str
            ),
            "entries": sorted(
                memo.replace(self.charge.source_id, "…")
                for memo in lines.values_list("entry__memo", flat=True)
            ),
        }


def one_after_the_other(stay: Stay, monkeypatch) -> Made:
    begin_charge(stay)
    paid_at = LEFT + timedelta(seconds=25)
    monkeypatch.setattr(clock, "now", lambda: LEFT)
    pay(stay, 1000, at=paid_at, quoted_at=LEFT)
    cause = cause_of(stay)
    charge = Charge.objects.get(**cause.filter())
    open_charge(charge, 1000, lines=LINES, ends_at=LEFT, due_at=LEFT, at=LEFT)
    return Made(Charge.objects.get(pk=charge.pk))


def in_bulk(stay: Stay) -> Made:
    payment = NewPayment(
        provider=Payment.Provider.OFFLINE,
        offered_at=LEFT,
        expires_at=LEFT + timedelta(minutes=10),
        created_at=LEFT + timedelta(seconds=25),
        paid_at=LEFT + timedelta(seconds=25),
    )
    cause = Cause("stay", stay.public_id)
    new = NewCharge(
        cause,
        "open",
        "CNY",
        ENTERED,
        1000,
        LINES,
        ends_at=LEFT,
        created_at=ENTERED,
        payment=payment,
    )
    create_charges(stay.site, [new])
    return Made(Charge.objects.get(**cause.filter()))


def test_a_paid_charge_in_bulk_has_the_rows_of_one_that_was_paid_and_opened(lot, monkeypatch):
    single = one_after_the_other(stay_in(lot, "A1"), monkeypatch)
    bulk = in_bulk(stay_in(lot, "A2"))
    assert bulk.facts == single.facts


def test_receipts_in_bulk_follow_those_before_by_time_of_payment(lot, monkeypatch):
    one_after_the_other(stay_in(lot, "A1"), monkeypatch)
    in_bulk(stay_in(lot, "A2"))
    in_bulk(stay_in(lot, "A3"))
    numbers = Payment.objects.order_by("pk").values_list("receipt_no", flat=True)
    assert list(numbers) == [1, 2, 3]


def facts_of(charge: Charge) -> dict[str, object]:
    own = {"id", "source_id"}
    lines = LedgerLine.objects.filter(charge=charge).values_list(
        "account__code", "amount", "party_type", "entry__at"
    )
    stored = Charge.objects.filter(pk=charge.pk).values().get()
    return {
        "lines": sorted(lines, key=str),
        **{name: value for name, value in stored.items() if name not in own},
    }


@pytest.mark.parametrize("amount", [1000, 0, None])
def test_drafts_made_final_in_bulk_have_the_rows_of_each_alone(lot, monkeypatch, amount):
    monkeypatch.setattr(clock, "now", lambda: LEFT + timedelta(hours=1))
    alone, *others = [begin_charge(stay_in(lot, f"A{n}")) for n in range(3)]
    if amount is None:
        cancel_charge(alone)
    else:
        open_charge(alone, amount, lines=LINES, ends_at=LEFT, due_at=LEFT, at=LEFT)
    drafts = lock_unpaid_drafts("stay", [each.source_id for each in others])
    final = (amount, LINES, LEFT) if amount is not None else ()
    finalise_drafts(lot.site, [FinalAmount(each, *final) for each in drafts.values()])
    assert [facts_of(each) for each in others] == [facts_of(alone)] * 2


def test_only_drafts_without_a_payment_are_made_final_in_bulk(lot):
    unpaid, paid, final = (stay_in(lot, f"A{n}") for n in range(3))
    for stay in (unpaid, paid, final):
        begin_charge(stay)
    pay(paid, 500, at=LEFT)
    final.left_at = LEFT
    post_charge(final)
    found = lock_unpaid_drafts("stay", [each.public_id for each in (unpaid, paid, final)])
    assert list(found) == [unpaid.public_id]
