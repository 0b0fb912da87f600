"""Mails about bills carry the amount and a signed link, and are sent once."""

import re

import pytest
from django.core import mail

from billing import ports
from billing.bill_links import bill_of_token
from billing.contacts import Channel, Receiver
from billing.mailing import queue_bill_mails
from billing.services import credit_bill
from core import outbox
from tests.billing import club_fees
from tests.billing.club_fees import bill_of, club_charge
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill(monkeypatch):
    monkeypatch.setattr(ports, "_sources", dict(ports._sources))
    club_fees.register()
    return bill_of(SiteFactory(phone="021 5555"), club_charge("fee", 48732))


def queue(bill, language="en"):
    receiver = Receiver(Channel.MAIL, bill.payer, "li@example.com", language)
    queue_bill_mails([(bill, receiver)])


def sent(bill, language="en"):
    queue(bill, language)
    outbox.send_due()
    return mail.outbox


def test_the_mail_of_a_bill_leads_to_it(bill):
    (message,) = sent(bill)
    assert "CN¥487.32" in message.subject
    token = re.search(r"/b/(\S+)/\n", message.body).group(1)
    assert bill_of_token(token) == bill
    assert "Club fee: CN¥487.32" in message.body
    assert "021 5555" in message.body
    assert message.to == ["li@example.com"]


def test_the_mail_is_in_chinese_too(bill):
    (message,) = sent(bill, language="zh-hans")
    assert "¥487.32" in message.subject
    assert "会费 fee" in message.body


def test_the_same_mail_is_sent_once(bill):
    queue(bill)
    assert len(sent(bill)) == 1


def test_a_credited_bill_is_not_sent(bill):
    credit_bill(bill, UserFactory(), reason="wrong")
    assert sent(bill) == []
