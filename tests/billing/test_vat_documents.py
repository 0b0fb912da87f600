"""Receipts and bills name the VAT that they contain, and no VAT where there is none."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pypdf import PdfReader

from billing.bill_links import bill_link
from billing.documents.bills import bill_document
from billing.documents.receipts import receipt_document
from billing.models import Bill, Payment
from billing.services import BillCharge, Cause
from core.documents import open_pdf
from core.jobs import run_waiting
from core.models import Document, Site
from parking.charges import post_charge
from parking.models import Stay
from tests.billing.club_fees import bill_of, charges_of, club_charge, pay, register
from tests.billing.vat_rates import vat_rate
from tests.browsers import text
from tests.factories import SiteFactory, UserFactory
from tests.paying import record_cash_payment

pytestmark = pytest.mark.django_db
INCLUDED = "VAT of 6 % included: CN¥0.57"


def pdf_of(make: Callable, subject: Payment | Bill, language: str = "en") -> str:
    """The text of a document's PDF, without line breaks."""

    def document() -> Document:
        with override(language):
            return make(subject)

    document()
    run_waiting()
    return re.sub(r"\s+", " ", PdfReader(open_pdf(document())).pages[0].extract_text())


def page_of(client: Client, payment: Payment) -> str:
    return text(client.get(reverse("portal:receipt", args=[payment.public_id])))


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory()


def test_a_receipt_names_the_vat_of_a_stay_that_goes_on_and_of_one_that_ended(
    stay: Stay, client: Client
) -> None:
    vat_rate(stay.site)
    payment = record_cash_payment(stay, UserFactory())
    assert INCLUDED in page_of(client, payment)
    stay.status, stay.price, stay.left_at = "closed", 1000, payment.paid_at
    post_charge(stay)
    assert INCLUDED in page_of(client, payment)
    assert INCLUDED in pdf_of(receipt_document, payment)
    assert "含 6 % 增值税 ¥0.57" in pdf_of(receipt_document, payment, "zh-hans")


def test_without_rates_a_receipt_names_no_vat(stay: Stay, client: Client) -> None:
    payment = record_cash_payment(stay, UserFactory())
    assert "VAT" not in page_of(client, payment)
    assert "VAT" not in pdf_of(receipt_document, payment)


def test_a_bill_names_the_vat_of_each_rate(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 10600, 600), club_charge("b", 5000))
    assert "VAT of 6 % included: CN¥6.00" in pdf_of(bill_document, bill)
    plain = bill_of(site, club_charge("c", 5000))
    assert "VAT" not in pdf_of(bill_document, plain)


def test_a_receipt_for_a_part_of_a_charge_names_the_vat_of_that_part(
    site: Site, client: Client
) -> None:
    bill = bill_of(site, club_charge("a", 10600, 600))
    payment = pay(site, 5300, *charges_of(bill))
    assert "VAT of 6 % included: CN¥3.00" in page_of(client, payment)


def test_the_page_of_a_bill_names_the_vat_of_each_rate(site: Site, client: Client) -> None:
    vat_rate(site, "9", "club_fees")
    nine = BillCharge(Cause("club", "b"), 1090, [], {"en": "Club b"})
    bill = bill_of(site, club_charge("a", 1060, 60), nine)
    shown = text(client.get(urlsplit(bill_link(bill)).path))
    assert "VAT of 6 % included: CN¥0.60" in shown
    assert "VAT of 9 % included: CN¥0.90" in shown
