"""The dialog that bills again what a bill should have been."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Bill
from tests.browsers import text
from tests.factories import FeePriceFactory
from tests.fees.test_corrections import billed
from tests.fees.units import paid_unit

pytestmark = pytest.mark.django_db
VALUES = {"due_on": date(2026, 12, 31), "reason": "measured again"}


@pytest.fixture
def unit(here):
    return paid_unit(here.site, "100")


@pytest.fixture
def bill(here, unit):
    item = FeePriceFactory(item__site=here.site, item__code="cleaning").item
    return billed(item, unit)


def test_a_bill_is_issued_again_once_its_new_amount_is_confirmed(here, finance, unit, bill):
    unit.built_up_area = Decimal("90")
    unit.save()
    url = here.url("rebill", bill.pk)
    plan = finance.post(url, VALUES)
    assert "280.00" in text(plan)
    assert "252.00" in text(plan)
    assert not bill.credit_notes.exists()
    assert finance.post(url, {**VALUES, "confirm": plan.context["token"]}).status_code == 204
    assert bill.credit_notes.get().amount == 28000
    new = Bill.objects.filter(payer_id=bill.payer_id).latest("pk")
    assert (new.total, new.snapshot["replaces"]) == (25200, bill.number)


def test_a_bill_that_is_right_is_left_as_it_is(here, finance, bill):
    answer = finance.post(here.url("rebill", bill.pk), VALUES)
    assert answer.status_code == 422
    assert "correct the unit" in text(answer).lower()


def test_a_credited_bill_offers_no_correction(here, finance, unit, bill):
    unit.built_up_area = Decimal("90")
    unit.save()
    url = here.url("rebill", bill.pk)
    assert url in text(finance.get(here.url("bill", bill.pk)))
    plan = finance.post(url, VALUES)
    finance.post(url, {**VALUES, "confirm": plan.context["token"]})
    assert url not in text(finance.get(here.url("bill", bill.pk)))
