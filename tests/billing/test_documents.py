"""Receipts as PDF, and the verification of their QR code."""

import re

import pytest
from django.core.signing import Signer
from django.utils.translation import override
from pypdf import PdfReader

from billing.documents.receipts import receipt_document
from billing.models import Refund
from billing.verification import RECEIPT, verification_url, verify
from core import clock
from core.documents import open_pdf
from core.jobs import run_waiting
from parking.models import Stay
from tests.factories import UserFactory
from tests.fake_stripe import FakeStripe
from tests.paying import begin, record_cash_payment

pytestmark = pytest.mark.django_db


def text_of(payment, language):
    """The text of the receipt's PDF in a language, without line breaks."""
    with override(language):
        receipt_document(payment)
        run_waiting()
        pdf = open_pdf(receipt_document(payment))
    return re.sub(r"\s+", " ", PdfReader(pdf).pages[0].extract_text())


def token_of(payment):
    """The signed number in the QR code of the payment's receipt."""
    return verification_url(RECEIPT, payment.site, payment.receipt_no).rsplit("/", 2)[1]


def refund(payment, amount, state):
    return Refund.objects.create(
        payment=payment, amount=amount, currency="CNY", state=state, created_at=clock.now()
    )


def test_a_receipt_shows_number_amount_and_plate(stay: Stay) -> None:
    payment = record_cash_payment(stay, UserFactory())
    text = text_of(payment, "en")
    assert f"{stay.site.slug}-000001" in text
    assert "CN¥10.00" in text
    assert stay.plate in text


def test_a_receipt_is_in_chinese_too(stay: Stay) -> None:
    text = text_of(record_cash_payment(stay, UserFactory()), "zh-hans")
    assert "收据" in text
    assert "¥10.00" in text


@pytest.mark.parametrize(
    ("language", "notice"), [("en", "not a tax invoice"), ("zh-hans", "非税务发票")]
)
def test_a_receipt_states_once_that_it_is_no_tax_invoice(stay: Stay, language, notice) -> None:
    payment = record_cash_payment(stay, UserFactory())
    text = text_of(payment, language).lower()
    assert text.count(notice) == 1
    assert text.count("tax invoice") + text.count("税务发票") == 1


def test_a_receipt_is_one_document_until_something_on_it_changes(stay: Stay) -> None:
    payment = record_cash_payment(stay, UserFactory())
    assert receipt_document(payment) == receipt_document(payment)


def test_a_payment_that_is_not_paid_has_no_document(stay: Stay, stripe: FakeStripe) -> None:
    assert receipt_document(begin(stay)) is None


def test_the_code_of_a_receipt_confirms_number_date_and_amount(stay: Stay) -> None:
    payment = record_cash_payment(stay, UserFactory())
    found = verify(token_of(payment))
    assert found.number == f"{stay.site.slug}-000001"
    assert found.day == clock.local(payment.paid_at, stay.site.timezone).date()
    assert (found.money.minor, found.refunded.minor, found.is_void) == (1000, 0, False)


@pytest.mark.parametrize(
    ("state", "refunded"), [("succeeded", 400), ("external", 400), ("failed", 0), ("requested", 0)]
)
def test_verification_shows_what_was_refunded_since(stay: Stay, state, refunded) -> None:
    payment = record_cash_payment(stay, UserFactory())
    refund(payment, 400, state)
    assert verify(token_of(payment)).refunded.minor == refunded


def test_a_receipt_of_which_all_was_refunded_is_void(stay: Stay) -> None:
    payment = record_cash_payment(stay, UserFactory())
    refund(payment, 1000, "succeeded")
    assert verify(token_of(payment)).is_void


def test_forged_and_unknown_codes_are_not_confirmed(stay: Stay) -> None:
    token = token_of(record_cash_payment(stay, UserFactory()))
    signer = Signer(salt="billing.verification")
    for forged in (
        "",
        token[:-1],
        token.replace(":1:", ":2:"),
        Signer().sign(f"receipt:{stay.site.slug}:1"),
        signer.sign(f"receipt:{stay.site.slug}:999"),
        signer.sign("receipt:elsewhere:1"),
        signer.sign(f"other:{stay.site.slug}:1"),
    ):
        assert verify(forged) is None
