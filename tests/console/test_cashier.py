"""The cashier's pages: a shift with its drawer."""

import pytest
from django.urls import reverse

from billing.models import Drawer, Payment
from billing.services import open_drawer
from tests.billing.club_fees import bill_of, club_charge, register
from tests.browsers import hire, pdf_text, signed_in, text
from tests.factories import PersonFactory
from tests.rooms import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def guards(here: World):
    """A guard, and the guard's browser."""
    user = hire(here.site, "guard")
    return user, signed_in(user)


def test_a_shift_is_opened_moved_and_handed_over(here, guards):
    user, browser = guards
    assert "no open drawer" in text(browser.get(here.url("my_drawer")))
    assert browser.post(here.url("open_drawer"), {"float_amount": "200"}).status_code == 204
    drawer = Drawer.objects.get(held_by=user)
    move = {"direction": "out", "amount": "50", "reason": "coins"}
    assert browser.post(here.url("move_cash", drawer.pk), move).status_code == 204
    assert "¥150.00" in text(browser.get(here.url("my_drawer")))
    counted = {"counted": "149.50", "destination": "safe", "reason": ""}
    answer = browser.post(here.url("hand_over_drawer", drawer.pk), counted)
    assert "0.50 is missing" in text(answer)
    answer = browser.post(here.url("hand_over_drawer", drawer.pk), {**counted, "reason": "change"})
    assert answer["Location"] == here.url("cash_drawer", drawer.pk)
    receipt = text(browser.get(here.url("cash_drawer", drawer.pk)))
    assert "Receipt of the hand-over" in receipt
    assert "¥149.50" in receipt
    assert ">Difference<" in receipt.replace("\n", "")
    assert here.url("hand_over_pdf", drawer.pk) in receipt
    assert pdf_text(browser, here.url("hand_over_pdf", drawer.pk)).count("CN¥149.50") >= 2


def test_a_second_drawer_is_rejected_above_the_form(here, guards):
    user, browser = guards
    open_drawer(here.site, user)
    answer = browser.post(here.url("open_drawer"), {"float_amount": "1"})
    assert answer.status_code == 422
    assert "You have an open drawer" in text(answer)


@pytest.mark.parametrize(
    "address", ["cash_drawer", "move_cash", "hand_over_drawer", "hand_over_pdf"]
)
def test_a_guard_does_not_reach_the_drawer_of_a_colleague(here, guards, address):
    assert guards[1].get(here.url(address, here.drawer.pk)).status_code == 404


def test_the_accountant_sees_all_drawers_by_state(here, finance):
    assert here.drawer.held_by.username in text(finance.get(here.url("cash_drawers")))
    found = text(finance.get(here.url("cash_drawers"), {"state": "closed"}))
    assert here.drawer.held_by.username not in found


def take_form(browser, url: str, **values: object) -> dict[str, object]:
    """The fields of the dialog that takes money, with its key."""
    form = browser.get(url).context["form"]
    return {"key": form["key"].value(), "method": "pos", "reference": "s1", **values}


def test_money_is_taken_from_a_payer_and_a_receipt_given(here, finance):
    register()
    resident = PersonFactory(site=here.site)
    bill = bill_of(here.site, club_charge("desk", 12_350), payer=("person", str(resident.pk)))
    found = text(finance.post(here.url("find_desk_payers"), {"text": bill.payment_reference}))
    assert here.url("payer", resident.pk, "person") in found
    page = here.url("payer", resident.pk, "person")
    assert "Owes CN¥123.50" in text(finance.get(page))
    url = here.url("take_payment", resident.pk, "person")
    charges = [line.charge_id for line in bill.lines.all()]
    values = take_form(finance, url, charges=charges)
    assert finance.post(url, values).status_code == 204
    assert finance.post(url, {**values, "charges": [], "amount": "1"}).status_code == 204
    shown = text(finance.get(page))
    assert "Owes CN¥0.00" in shown
    payment = Payment.objects.get(offline_detail__reference="s1")
    receipt = text(finance.get(reverse("portal:receipt", args=[payment.public_id])))
    assert "card terminal" in receipt


@pytest.mark.parametrize("search", ["name", "phone"])
def test_a_payer_is_found_by_name_or_phone(here, finance, search):
    here.resident.phone = "13800001234"
    here.resident.save()
    query = {"name": here.resident.name, "phone": "1234"}[search]
    assert here.resident.name in text(finance.post(here.url("find_desk_payers"), {"text": query}))
    assert "No payer matches" in text(finance.post(here.url("find_desk_payers"), {"text": "xyzzy"}))


def test_cash_without_a_drawer_is_rejected_at_the_method(here, finance):
    url = here.url("take_payment", here.resident.pk, "person")
    answer = finance.post(url, take_form(finance, url, method="cash", amount="5"))
    assert "You have no open drawer" in text(answer)


def test_a_void_waits_for_a_colleague_and_can_be_kept(here, finance, manager):
    payment = here.void.payment
    assert "mistyped" in text(finance.get(here.url("cashier")))
    assert finance.post(here.url("cancel_void", here.void.pk)).status_code == 204
    assert "Void" in text(finance.get(here.url("finance_payment", payment.pk)))
    assert finance.post(here.url("void_payment", payment.pk), {"reason": "x"}).status_code == 204
    waiting = payment.voids.get(state="requested")
    assert "yourself" in text(finance.post(here.url("approve_void", waiting.pk)))
    assert manager.post(here.url("approve_void", waiting.pk)).status_code == 204
    payment.refresh_from_db()
    assert payment.state == "void"
    receipt = text(finance.get(reverse("portal:receipt", args=[payment.public_id])))
    assert "This receipt is void" in receipt
