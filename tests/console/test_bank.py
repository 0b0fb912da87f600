"""The pages of bank statements: import, confirm in bulk, choose a payer, undo."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing.models import BankAccount, BankLine, LedgerEntry
from billing.services import Received, hand_over_drawer, open_drawer, take_payment
from core import clock
from core.permissions import StandardRole
from tests.billing.club_fees import bill_of, club_charge, register
from tests.browsers import hire, text
from tests.factories import PersonFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


def upload(browser, here, content: str, account: BankAccount):
    file = SimpleUploadedFile("statement.csv", content.encode())
    return browser.post(here.url("import_statement"), {"account": account.pk, "file": file})


def test_a_statement_is_imported_confirmed_in_bulk_and_undone(here, finance):
    register()
    payer = ("person", str(PersonFactory(site=here.site).pk))
    bill = bill_of(here.site, club_charge("bank", 12_300), payer=payer)
    assert finance.post(here.url("add_bank_account"), {"name": "Daily"}).status_code == 204
    account = BankAccount.objects.get(name="Daily")
    rows = f"date,amount,details\n2026-11-27,123.00,{bill.payment_reference}\n"
    assert upload(finance, here, rows, account).status_code == 204
    assert bill.number in text(finance.get(here.url("bank")))
    line = BankLine.objects.get(account=account)
    bulk = f"{here.url('bulk_bank_lines', 'confirm')}?row={line.pk}"
    assert finance.post(bulk, {"confirmed_rows": 1}).status_code == 204
    line.refresh_from_db()
    assert line.state == "matched"
    assert finance.post(here.url("undo_bank_line", line.pk)).status_code == 204
    assert finance.post(here.url("confirm_bank_line", line.pk)).status_code == 204
    line.refresh_from_db()
    assert line.state == "matched"


def test_a_payer_is_chosen_for_a_line_without_a_reference(here, finance):
    person = PersonFactory(site=here.site)
    address = here.url("match_bank_line", here.bank_line.pk)
    dialog = text(finance.get(address))
    assert 'id="dialog_people"' in dialog, "the search shows there whom it finds"
    assert "New person" not in dialog
    answer = finance.post(address, {"name": "x", "person": person.pk})
    assert answer.status_code == 204
    here.bank_line.refresh_from_db()
    assert here.bank_line.payment.payer == ("person", str(person.pk))


def test_money_that_went_out_is_explained_and_undone(here, finance):
    rows = "date,amount,details\n2026-11-27,-2.00,account fee\n2026-11-27,-800.00,wages\n"
    assert upload(finance, here, rows, here.bank_line.account).status_code == 204
    wages, fee = BankLine.objects.filter(amount__lt=0).order_by("amount")
    shown = text(finance.get(here.url("bank"), {"state": "outgoing"}))
    assert here.url("explain_bank_line", fee.pk) in shown
    explain = here.url("explain_bank_line", wages.pk)
    assert finance.post(explain, {"what": "aside", "reason": ""}).status_code == 422
    assert finance.post(explain, {"what": "aside", "reason": "payroll"}).status_code == 204
    fee_url = here.url("explain_bank_line", fee.pk)
    assert finance.post(fee_url, {"what": "charges"}).status_code == 204
    wages.refresh_from_db()
    fee.refresh_from_db()
    assert [(each.state, each.note) for each in (wages, fee)] == [
        ("noted", "payroll"),
        ("matched", ""),
    ]
    assert "payroll" in text(finance.get(here.url("bank"), {"state": "noted"}))
    assert finance.post(here.url("undo_bank_line", fee.pk)).status_code == 204


def test_a_sum_that_no_account_holds_is_rejected_in_the_dialog(here, finance):
    explain = here.url("explain_bank_line", here.bank_line.pk)
    values = {"what": "clear:pos_clearing", "charges": "0.40"}
    answer = finance.post(explain, values)
    assert answer.status_code == 422
    assert "holds only" in text(answer)


def test_a_rejected_file_is_explained_in_the_dialog(here, finance):
    answer = upload(finance, here, "a,b\n1,2\n", here.bank_line.account)
    assert answer.status_code == 422
    assert "No column with the date" in text(answer) or "no column with the date" in text(answer)


def test_the_titles_of_a_bank_s_columns_are_remembered(here, finance):
    account = here.bank_line.account
    values = {"name": account.name, "date": "Wann", "amount": "Wieviel"}
    url = here.url("change_bank_account", account.pk)
    assert finance.post(url, values).status_code == 204
    assert 'value="Wann"' in text(finance.get(url))
    assert upload(finance, here, "Wann,Wieviel\n2026-11-27,7.00\n", account).status_code == 204


def test_without_an_account_the_page_and_the_import_lead_to_adding_one(client):
    site = SiteFactory()
    client.force_login(hire(site, StandardRole.FINANCE))
    adding = reverse("console:add_bank_account", args=[site.slug])
    importing = reverse("console:import_statement", args=[site.slug])
    page = text(client.get(reverse("console:bank", args=[site.slug])))
    assert adding in page
    assert importing not in page
    assert adding in text(client.get(importing))


def test_without_lines_the_page_of_an_account_leads_to_the_import(client):
    site = SiteFactory()
    client.force_login(hire(site, StandardRole.FINANCE))
    BankAccount.objects.create(site=site, name="Daily")
    page = text(client.get(reverse("console:bank", args=[site.slug]), {"state": ""}))
    assert page.count(reverse("console:import_statement", args=[site.slug])) == 2


def test_card_slips_are_cleared_in_a_sum_less_what_was_kept(here, finance):
    slips = Received("pos", 4600, "S-1")
    take_payment(here.site, UserFactory(), here.billed_payer.payer, slips)
    explain = here.url("explain_bank_line", here.bank_line.pk)
    assert "Money that was held as" in text(finance.get(explain))
    sums = {"what": "clear:pos_clearing"}
    assert finance.post(explain, {**sums, "charges": "0.41"}).status_code == 422
    assert finance.post(explain, {**sums, "charges": "0.40"}).status_code == 204
    here.bank_line.refresh_from_db()
    assert here.bank_line.state == "matched"
    assert finance.post(explain, sums).status_code == 422
    assert finance.post(here.url("undo_bank_line", here.bank_line.pk)).status_code == 204


def test_money_that_the_bank_sent_back_names_what_came_in(here, finance):
    rows = "date,amount,details\n2026-11-28,-45.60,reversal\n"
    assert upload(finance, here, rows, here.bank_line.account).status_code == 204
    line = BankLine.objects.get(amount__lt=0)
    explain = here.url("explain_bank_line", line.pk)
    assert "Sent back: what Li Wei paid on 2026-11-27" in text(finance.get(explain))
    what = {"what": f"returned:{here.bank_line.pk}"}
    assert finance.post(explain, what).status_code == 204
    states = BankLine.objects.filter(account=line.account).values_list("state", flat=True)
    assert set(states) == {"matched"}


def test_cash_that_a_drawer_took_to_the_bank_is_offered(here, finance):
    cashier = UserFactory()
    drawer = open_drawer(here.site, cashier)
    take_payment(here.site, cashier, here.billed_payer.payer, Received("cash", 4560))
    hand_over_drawer(drawer, cashier, counted=4560, destination="bank")
    BankLine.objects.filter(pk=here.bank_line.pk).update(booked_on=clock.now().date())
    entry = LedgerEntry.objects.latest("pk")
    explain = here.url("explain_bank_line", here.bank_line.pk)
    assert finance.post(explain, {"what": f"entry:{entry.pk}"}).status_code == 204
    here.bank_line.refresh_from_db()
    assert here.bank_line.entry == entry


@pytest.mark.parametrize("what", ["entry:1", "returned:1", "clear:credit", "charges", "x", ""])
def test_what_is_not_offered_for_a_line_is_not_accepted(here, finance, what):
    explain = here.url("explain_bank_line", here.bank_line.pk)
    assert finance.post(explain, {"what": what}).status_code == 422
    here.bank_line.refresh_from_db()
    assert here.bank_line.state == "open"
