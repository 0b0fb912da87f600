"""The bills of residents: the own ones, those of the household's heads, and paying several."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import ports
from billing.models import BillingSettings, Payment
from billing.outstanding import amount_due, credit_balance
from billing.payers import key_of
from billing.selectors import owed_back
from billing.services import BillDraft, issue_bills, record_cash
from core import clock
from core.permissions import StandardRole
from people.accounts.homes import homes_of, set_switches
from tests.billing import club_fees
from tests.billing.club_fees import bill_of, charges_of, club_charge, pay
from tests.browsers import hire, signed_in
from tests.factories import BindingFactory, OccupancyFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _club_fees(monkeypatch):
    monkeypatch.setattr(ports, "_sources", dict(ports._sources))
    club_fees.register()


@pytest.fixture
def owner():
    return BindingFactory(person=OccupancyFactory(role="owner").person)


@pytest.fixture
def member(owner):
    """Someone of the owner's family, who may not see bills."""
    home = OccupancyFactory(person__site=owner.site, unit=unit_of(owner), role="family")
    return BindingFactory(person=home.person)


def unit_of(binding):
    return homes_of(binding.person)[0].unit


def billed(binding, name, amount):
    """A bill of the person for the home."""
    draft = BillDraft(
        ("person", str(binding.person.pk)),
        binding.person.name,
        clock.now().date(),
        charges=[club_charge(name, amount)],
        unit=unit_of(binding).pk,
        period="2026-11",
    )
    return issue_bills(binding.site, [draft])[0]


def get(binding, name, *rows, **query):
    path = reverse(f"portal:{name}", args=[binding.pk, *rows])
    return signed_in(binding.user).get(path, query)


def text_of(answer):
    return answer.content.decode()


def test_home_shows_what_is_owed_and_the_next_due_date(owner):
    bill = billed(owner, "a", 48732)
    text = text_of(get(owner, "home"))
    assert "CN¥487.32" in text
    assert f"{bill.due_on:%Y-%m-%d}" in text


def test_a_member_sees_and_pays_by_the_rights_of_the_household(owner, member, stripe):
    bill, manager = billed(owner, "a", 100), UserFactory()
    assert get(member, "bills").status_code == 403
    set_switches(unit_of(owner), member.person, manager, may_see_bills=True)
    assert get(member, "own_bill", bill.pk).status_code == 200
    assert get(member, "pay_bills", bill=bill.public_id).status_code == 404
    set_switches(unit_of(owner), member.person, manager, may_see_bills=True, may_pay=True)
    assert get(member, "pay_bills", bill=bill.public_id).status_code == 200


def test_a_tenant_does_not_see_the_bills_of_the_owner_who_lives_elsewhere(owner):
    tenant = BindingFactory(person=OccupancyFactory(person__site=owner.site, role="tenant").person)
    bill = billed(owner, "a", 100)
    assert get(tenant, "own_bill", bill.pk).status_code == 404
    assert get(tenant, "pay_bills", bill=bill.public_id).status_code == 404


def test_several_bills_are_paid_in_one_checkout(owner, stripe, deliver):
    bills = [billed(owner, "a", 10000), billed(owner, "b", 2500)]
    query = {"bill": [each.public_id for each in bills]}
    assert "CN¥125.00" in text_of(get(owner, "pay_bills", **query))
    path = reverse("portal:pay_bills", args=[owner.pk])
    names = "&".join(f"bill={each.public_id}" for each in bills)
    answer = signed_in(owner.user).post(f"{path}?{names}", {"email": ""})
    assert answer["Location"] == stripe.session["url"]
    deliver(stripe.pay())
    assert "Paid. Thank you." in text_of(get(owner, "bills_payment", "latest"))
    assert not any(amount_due(each) for each in bills)


def paid_twice(owner, stripe, deliver):
    """Pay the owner's bill of 100.00 in the portal, after it was paid in cash meanwhile."""
    bill = billed(owner, "a", 10000)
    path = reverse("portal:pay_bills", args=[owner.pk])
    signed_in(owner.user).post(f"{path}?bill={bill.public_id}", {"email": ""})
    event = stripe.pay()
    record_cash(charges_of(bill)[0], UserFactory())
    deliver(event)
    return Payment.objects.get(provider="stripe")


def test_what_a_resident_paid_beyond_what_was_due_is_the_own_credit(owner, stripe, deliver):
    payment = paid_twice(owner, stripe, deliver)
    payer = ("person", str(owner.person.pk))
    assert (payment.state, payment.payer) == ("paid", payer)
    assert credit_balance(owner.site, payer).minor == 10000
    assert owed_back(owner.site) == []
    text = text_of(get(owner, "bills"))
    assert "You have a credit of CN¥100.00." in text
    assert "It pays your next bill." in text


def test_the_next_bill_is_paid_from_the_credit(owner, stripe, deliver):
    paid_twice(owner, stripe, deliver)
    assert not amount_due(billed(owner, "b", 4000))
    assert "You have a credit of CN¥60.00." in text_of(get(owner, "bills"))


def test_credit_that_the_site_does_not_use_by_itself_waits_for_the_management(
    owner, stripe, deliver
):
    BillingSettings.objects.create(site=owner.site, applies_credit=False)
    paid_twice(owner, stripe, deliver)
    assert "The management can use it" in text_of(get(owner, "bills"))


def test_the_credit_of_another_resident_is_not_shown(owner, member, stripe, deliver):
    paid_twice(owner, stripe, deliver)
    set_switches(unit_of(owner), member.person, UserFactory(), may_see_bills=True)
    assert "credit" not in text_of(get(member, "bills"))


def test_the_account_of_the_payer_in_the_console_has_the_credit(owner, stripe, deliver):
    paid_twice(owner, stripe, deliver)
    finance = signed_in(hire(owner.site, StandardRole.FINANCE))
    key = key_of(("person", str(owner.person.pk)))
    account = finance.get(reverse("console:payer_account", args=[owner.site.slug, key]))
    assert account.context["account"].credit.minor == 10000


def test_a_payment_that_is_not_complete_is_polled_by_its_own_address(owner, stripe):
    bill = billed(owner, "a", 10000)
    path = reverse("portal:pay_bills", args=[owner.pk])
    signed_in(owner.user).post(f"{path}?bill={bill.public_id}", {"email": ""})
    page = reverse("portal:bills_payment", args=[owner.pk, Payment.objects.get().public_id])
    assert f'hx-get="{page}"' in text_of(get(owner, "bills_payment", "latest"))
    with CaptureQueriesContext(connection) as captured:
        assert "not complete" in text_of(signed_in(owner.user).get(page))
    assert not any('"billing_bill"."number"' in each["sql"] for each in captured)


def test_a_payment_of_another_payer_s_bill_is_not_shown(owner):
    bill = bill_of(owner.site, club_charge("x", 100))
    payment = pay(owner.site, 100, *charges_of(bill))
    billed(owner, "a", 10000)
    assert get(owner, "bills_payment", payment.public_id).status_code == 404


def test_without_a_selection_the_list_is_shown(owner):
    assert get(owner, "pay_bills").status_code == 302


def test_a_bill_of_the_person_at_no_unit_is_shown_too(owner):
    bill = bill_of(owner.site, club_charge("x", 100), payer=("person", str(owner.person.pk)))
    assert bill.number in text_of(get(owner, "own_bill", bill.pk))


def test_a_statement_shows_what_was_charged_and_paid(owner):
    bill = billed(owner, "a", 48732)
    pay(owner.site, 8732, *charges_of(bill), payer=bill.payer)
    text = text_of(get(owner, "own_statement"))
    assert "Club a" in text
    for amount in ("CN¥487.32", "CN¥87.32", "CN¥400.00"):
        assert amount in text
    assert get(owner, "own_statement", year="1900").status_code == 200
    assert get(owner, "own_statement_pdf").status_code == 200


def test_a_statement_shows_the_own_entries_only(owner, member):
    billed(owner, "a", 48732)
    assert "Club a" not in text_of(get(member, "own_statement"))
