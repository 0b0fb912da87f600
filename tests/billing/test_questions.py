"""Questions about bills: asked by payers, answered once by staff."""

import pytest

from billing import ports
from billing.services import answer_question, ask_question
from core.errors import Rejection
from core.rate_limits import TooManyAttempts
from tests.billing import club_fees
from tests.billing.club_fees import bill_of, club_charge
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill(monkeypatch):
    monkeypatch.setattr(ports, "_sources", dict(ports._sources))
    club_fees.register()
    return bill_of(SiteFactory(), club_charge("fee", 100))


def test_a_question_is_answered_once(bill):
    question = ask_question(bill, text=" Why so much? ", line=bill.lines.get())
    assert question.text == "Why so much?"
    answered = answer_question(question, UserFactory(), answer="A new price.")
    assert answered.answer == "A new price."
    with pytest.raises(Rejection) as caught:
        answer_question(question, UserFactory(), answer="Again")
    assert caught.value.code == "answered"


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_an_empty_or_endless_question_is_rejected(bill, text):
    with pytest.raises(Rejection):
        ask_question(bill, text=text)


def test_an_empty_answer_is_rejected(bill):
    question = ask_question(bill, text="Why?")
    with pytest.raises(Rejection):
        answer_question(question, UserFactory(), answer=" ")


def test_questions_about_one_bill_are_limited(bill):
    for number in range(5):
        ask_question(bill, text=f"Why {number}?")
    with pytest.raises(TooManyAttempts):
        ask_question(bill, text="Why?")
