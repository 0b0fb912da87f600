"""What money asks of staff: differences to decide, consents to turn off, questions to answer."""

import pytest
from django.core import mail

from billing.models import BillQuestion, LedgerEntry
from billing.services import ask_question
from core.jobs import run_waiting
from core.models import AuditEntry
from tests.browsers import hire, signed_in, text

pytestmark = pytest.mark.django_db


def shown(browser, here, page, **query):
    return [row.pk for row in browser.get(here.url(page), query).context["rows"]]


def test_a_difference_is_open_until_it_is_decided_with_a_reason(here, finance):
    difference = here.difference
    decide = here.url("decide_difference", difference.pk)
    page = text(finance.get(here.url("reconciliation")))
    assert decide in page
    assert "CN¥10.00" in page
    before = LedgerEntry.objects.count()
    assert finance.post(decide, {"reason": " "}).status_code == 422
    assert finance.post(decide, {"reason": "Booked by hand"}).status_code == 204
    assert finance.post(decide, {"reason": "again"}).status_code == 422
    assert shown(finance, here, "reconciliation", state="open") == []
    assert shown(finance, here, "reconciliation", state="decided") == [difference.pk]
    assert "Booked by hand" in text(finance.get(here.url("reconciliation"), {"state": "decided"}))
    assert LedgerEntry.objects.count() == before
    assert AuditEntry.objects.filter(action="decide difference").count() == 1


def test_a_difference_is_found_by_its_payment(here, finance):
    difference = here.difference
    assert shown(finance, here, "reconciliation", q=here.payment.public_id) == [difference.pk]
    assert shown(finance, here, "reconciliation", q="unknown") == []
    assert shown(finance, here, "reconciliation", kind="missing_there") == [difference.pk]
    assert shown(finance, here, "reconciliation", kind="missing_here") == []


def test_who_may_only_view_money_decides_nothing(here):
    decide = here.url("decide_difference", here.difference.pk)
    guard = signed_in(hire(here.site, "guard"))
    assert guard.post(decide, {"reason": "x"}).status_code == 403


def test_a_consent_is_listed_with_its_limit_and_turned_off_with_a_reason(here, finance):
    autopay = here.autopay
    stop = here.url("stop_autopay", autopay.pk)
    page = text(finance.get(here.url("autopays")))
    assert "CN¥100.00" in page
    assert stop in page
    assert finance.post(stop, {"reason": ""}).status_code == 422
    assert finance.post(stop, {"reason": "the payer asked for it"}).status_code == 204
    autopay.refresh_from_db()
    assert autopay.state == "stopped"
    assert autopay.stopped_at is not None
    assert stop not in text(finance.get(here.url("autopays")))
    assert AuditEntry.objects.filter(action="turn autopay off").exists()


def test_consents_are_filtered_by_their_state(here, finance):
    assert shown(finance, here, "autopays", state="active") == []
    assert shown(finance, here, "autopays", state="pending") == [here.autopay.pk]


def test_a_question_is_answered_and_then_below_those_that_wait(here, manager):
    first = here.bill_question
    waiting = ask_question(here.own_bill, text="Is it due?")
    answer = here.url("answer_bill_question", first.pk)
    assert "Why?" in text(manager.get(here.url("bill_questions")))
    assert manager.post(answer, {"answer": ""}).status_code == 422
    assert manager.post(answer, {"answer": "A new price."}).status_code == 204
    assert manager.post(answer, {"answer": "Again."}).status_code == 422
    page = text(manager.get(here.url("bill_questions")))
    assert page.index("Is it due?") < page.index("A new price.")
    assert BillQuestion.objects.get(answered_at=None) == waiting


def test_an_answer_is_mailed_to_who_left_an_address(here, manager):
    question = ask_question(here.own_bill, text="Why?", email="li@example.com")
    answer = here.url("answer_bill_question", question.pk)
    assert manager.post(answer, {"answer": "A new price."}).status_code == 204
    run_waiting()
    (message,) = [each for each in mail.outbox if "A new price." in each.body]
    assert message.to == ["li@example.com"]
